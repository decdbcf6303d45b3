from django.apps import AppConfig


class OfficeConfig(AppConfig):
    name = "tests.benchmarks.django_site"
    label = "office"
