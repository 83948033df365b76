from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('surveys', '0004_parts'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='survey',
            name='instrument_id',
        ),
        migrations.RemoveField(
            model_name='survey',
            name='segments',
        ),
        migrations.RemoveField(
            model_name='version',
            name='measurement_key',
        ),
    ]
