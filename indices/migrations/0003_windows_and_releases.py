from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('indices', '0002_excluded'),
        ('surveys', '0007_period_states'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='run',
            name='run_revision_once',
        ),
        migrations.RemoveConstraint(
            model_name='run',
            name='run_queued_once',
        ),
        migrations.AddField(
            model_name='run',
            name='changes',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='run',
            name='released_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='run',
            name='window',
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.UniqueConstraint(fields=('survey', 'period', 'measurement_key', 'segment', 'window', 'revision'), name='run_revision_once'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'queued')), fields=('survey', 'period', 'measurement_key', 'segment', 'window'), name='run_queued_once'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(('window__gte', 1)), name='run_window'),
        ),
    ]
