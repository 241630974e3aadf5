import pytest

from seodang.learn.report import _asking, importance


@pytest.fixture(autouse=True, scope="package")
def _one_model_for_all_folds():
    """A fake ladder has no fold models on disk; its one model stands for them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importance, "held_out", _asking.whole_model)
        yield
