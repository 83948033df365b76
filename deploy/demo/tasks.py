"""What the queue does for the demo."""

from celery import shared_task

from deploy.demo.release import go_on


@shared_task(name="deploy.go_on_with_the_demo")
def go_on_with_the_demo() -> None:
    go_on()
