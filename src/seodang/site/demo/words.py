"""What the made-up professor wrote, in the language of whoever starts the demo."""

# ruff: noqa: E501 - prose
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CompetitionWords:
    title: str
    summary: str
    description: str


@dataclass(frozen=True)
class Words:
    course: str
    course_description: str
    breast_cancer: CompetitionWords
    diabetes: CompetitionWords


ENGLISH = Words(
    course="Deep learning / Cloud",
    course_description=(
        "Machine learning first, then neural networks, then the cloud they are trained in. The midterm is a "
        "prediction competition: 35 % of the grade.\n\nThis class is made up; the data and the models are real."
    ),
    breast_cancer=CompetitionWords(
        title="Breast cancer: malignant or benign?",
        summary="From 30 measurements of cell nuclei, say how likely a tumour is to be malignant.",
        description=(
            "A fine needle takes a few cells from a lump in the breast, and a microscope measures their nuclei: radius, "
            "texture, smoothness, concavity and more, each as mean, standard error and worst value.\n\n"
            "**Your task:** for each case of `test.csv`, the probability that the tumour is `malignant`.\n\n"
            "Things to think about:\n\n"
            "- Several columns say nearly the same. Which models mind?\n"
            "- Log loss punishes a sure mistake hard. Is your model as sure as it may be?\n"
            "- The public board holds only half of the test cases. Small differences there may be luck: look at the "
            "intervals.\n"
            "- Cross-validate on the training data, and believe that more than the board.\n\n"
            "Data: Wolberg, Mangasarian, Street and Street (1995), "
            "[Breast Cancer Wisconsin (Diagnostic)](https://doi.org/10.24432/C5DW2B), UCI Machine Learning Repository."
        ),
    ),
    diabetes=CompetitionWords(
        title="Diabetes: one year on",
        summary="Predict how far the disease has progressed after a year.",
        description=(
            "Ten measurements of 442 patients, and a number that says how far the disease had progressed one year "
            "later.\n\n**Your task:** predict `progression` for each patient of `test.csv`; the root mean squared error "
            "counts.\n\nWith so few rows, simple models are hard to beat. Once it is over, compare the public "
            "board with the private one, and see who had fitted the noise.\n\n"
            "Data: Efron, Hastie, Johnstone and Tibshirani (2004), Least angle regression, *Annals of Statistics* "
            "32(2), 407–499."
        ),
    ),
)

KOREAN = Words(
    course="딥러닝/클라우드",
    course_description=(
        "머신러닝에서 시작해 신경망을 거쳐, 신경망을 학습시키는 클라우드까지 배웁니다. 중간고사는 예측 대회이며 성적의 "
        "35%를 차지합니다.\n\n이 강좌의 사람들은 지어낸 인물이지만, 데이터와 모델은 진짜입니다."
    ),
    breast_cancer=CompetitionWords(
        title="유방암: 악성일까, 양성일까?",
        summary="세포핵을 측정한 30개의 값으로 종양이 악성일 확률을 예측합니다.",
        description=(
            "가는 바늘로 유방의 혹에서 세포를 조금 채취해 현미경으로 세포핵을 측정합니다. 반지름, 질감, 매끄러움, 오목한 "
            "정도 등을 각각 평균, 표준오차, 가장 나쁜 값으로 나타냈습니다.\n\n"
            "**할 일:** `test.csv`의 각 사례에 대해 종양이 `malignant`(악성)일 확률을 예측하세요.\n\n"
            "생각해 볼 점:\n\n"
            "- 거의 같은 내용을 담은 열이 여럿 있습니다. 어떤 모델이 이런 상황에 약할까요?\n"
            "- 로그 손실은 확신에 찬 실수를 무겁게 벌합니다. 모델이 지나치게 확신하고 있지는 않나요?\n"
            "- 공개 리더보드는 테스트 사례의 절반만 씁니다. 작은 차이는 운일 수 있으니 신뢰구간을 보세요.\n"
            "- 학습 데이터로 교차 검증을 하고, 리더보드보다 그 결과를 더 믿으세요.\n\n"
            "데이터: Wolberg, Mangasarian, Street, Street (1995), "
            "[Breast Cancer Wisconsin (Diagnostic)](https://doi.org/10.24432/C5DW2B), UCI Machine Learning Repository."
        ),
    ),
    diabetes=CompetitionWords(
        title="당뇨병: 1년 뒤의 진행 정도",
        summary="1년 뒤 병이 얼마나 진행되었는지 예측합니다.",
        description=(
            "환자 442명에게서 측정한 10개의 값과, 1년 뒤 병이 얼마나 진행되었는지를 나타내는 수가 있습니다.\n\n"
            "**할 일:** `test.csv`의 각 환자에 대해 `progression`을 예측하세요. 평균 제곱근 오차(RMSE)로 겨룹니다.\n\n"
            "행이 이렇게 적으면 단순한 모델을 이기기 어렵습니다. 대회가 끝나면 공개 리더보드와 비공개 리더보드를 "
            "견주어 보고, 누가 잡음까지 학습했는지 찾아보세요.\n\n"
            "데이터: Efron, Hastie, Johnstone, Tibshirani (2004), Least angle regression, *Annals of Statistics* "
            "32(2), 407–499."
        ),
    ),
)


def words(language: str) -> Words:
    return KOREAN if language == "ko" else ENGLISH
