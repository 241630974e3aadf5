def install_error_handlers(api):
    pass
