from django.apps import AppConfig


class DeployConfig(AppConfig):
    name = "deploy"

    def ready(self) -> None:
        # Tasks sent from a page or a command need the configured queue.
        from deploy import celery  # noqa: F401
