using Muster.Client.Discovery.Cache;
using Muster.Core;
using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Client.Tests.Discovery.Cache;

public sealed class ViewCacheStepTests
{
    private static readonly TimeSpan s_ageMax = TimeSpan.FromHours(24);
    private readonly ViewCacheStep _step = new(s_ageMax);
    private TimeSpan _now = TimeSpan.FromHours(1);

    [Fact]
    public void TakeDue_ManyChanges_AreOneWriteOfTheNewest()
    {
        for (var i = 1; i <= 100; i++)
        {
            Show("store-1", Kept.Instance("a", weight: i));
        }

        Assert.Empty(Take());
        Assert.Equal(_now + ViewCacheStep.WriteInterval, _step.WakeAt);
        _now += ViewCacheStep.WriteInterval;
        Assert.Equal(100, Assert.Single(Take()).Instances[0].Record.Weight);
        Assert.Empty(Take());
    }

    [Fact]
    public void TakeDue_ChangesThatNeverCease_StillGetWritten()
    {
        Show("store-1", Kept.Instance("a"));
        for (var i = 0; i < 9; i++)
        {
            _now += ViewCacheStep.WriteInterval / 10;
            Show("store-1", Kept.Instance("a", weight: i + 2));
        }

        _now += ViewCacheStep.WriteInterval / 10;
        Assert.Single(Take());
    }

    [Fact]
    public void TakeDue_OnlyLoadChanged_NothingIsWritten()
    {
        WriteFirst();
        var busy = Kept.Instance("a");
        Show("store-1", busy with { Soft = busy.Soft with { Load = new LoadReport { CpuUtilization = 0.9 }, LoadAt = _now } });
        _now += ViewCacheStep.WriteInterval;

        Assert.Empty(Take());
    }

    [Theory]
    [InlineData(Liveness.Timeout, Health.Healthy)]
    [InlineData(Liveness.Alive, Health.Degraded)]
    public void TakeDue_StatusChanged_IsWritten(Liveness liveness, Health health)
    {
        WriteFirst();
        Show("store-1", Kept.Instance("a", liveness, health));
        _now += ViewCacheStep.WriteInterval;

        Assert.Single(Take());
    }

    [Fact]
    public void TakeDue_SameAsWhatAnEarlierProcessKept_IsNotWrittenAgain()
    {
        _step.OnRead(Kept.View(Kept.Instance("a")), _now);
        Show("store-1", Kept.Instance("a"));
        _now += ViewCacheStep.WriteInterval;

        Assert.Empty(Take());
    }

    [Fact]
    public void TakeDue_NothingChangedForLong_IsStampedAnewWhileTheRegistryIsHeard()
    {
        WriteFirst();
        Assert.Equal(_now + (s_ageMax / 10), _step.WakeAt);
        _now += s_ageMax / 10;

        Assert.Single(Take());
    }

    [Fact]
    public void TakeDue_NothingChangedAndRegistryAway_KeepsItsAge()
    {
        WriteFirst();
        _now += s_ageMax / 10;
        Assert.Empty(Take(isUp: false));
        Assert.Null(_step.WakeAt);
        _now += s_ageMax;
        Assert.Empty(Take(isUp: false, isLast: true));

        Show("store-1", Kept.Instance("a"));
        _now += ViewCacheStep.WriteInterval;
        Assert.Empty(Take());
    }

    [Fact]
    public void TakeDue_ServiceLostItsInstances_IsForgotten()
    {
        WriteFirst();
        Show("store-1");
        _now += ViewCacheStep.WriteInterval;

        Assert.Empty(Assert.Single(Take()).Instances);
    }

    [Fact]
    public void TakeDue_ServiceNeverHadInstances_TouchesNothing()
    {
        Show("store-1");

        Assert.Empty(Take(isLast: true));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TakeDue_RegistryCameBackEmpty_OutlivesTheGraceTime(bool isLast)
    {
        WriteFirst();
        Show("store-2");
        _now += Limits.ForeignStoreGrace;
        Assert.Empty(Take(isLast: isLast));

        // Its providers are back.
        Show("store-2", Kept.Instance("b"));
        _now += ViewCacheStep.WriteInterval;
        Assert.Equal("b", Assert.Single(Take()).Instances[0].Id);
    }

    [Fact]
    public void TakeDue_RegistryCameBackEmptyAndStaysSo_IsForgottenAfterTheGraceTime()
    {
        WriteFirst();
        Show("store-2");
        var until = _now + Limits.ForeignStoreGrace + ViewCacheStep.WriteInterval;
        Assert.Equal(until, _step.WakeAt);
        _now = until;

        Assert.Empty(Assert.Single(Take()).Instances);
    }

    [Fact]
    public void TakeDue_ForeignStoreAnswersBeforeTheFileIsRead_HoldsTheFileAsWell()
    {
        Show("store-2");
        _step.OnRead(Kept.View(Kept.Instance("a")), _now);
        _now += Limits.ForeignStoreGrace;

        Assert.Empty(Take(isLast: true));
    }

    [Fact]
    public void OnFailed_WaitsBeforeItTriesAgainAndThenWritesTheNewest()
    {
        Show("store-1", Kept.Instance("a"));
        _now += ViewCacheStep.WriteInterval;
        _step.OnFailed(Assert.Single(Take()), _now);
        Show("store-1", Kept.Instance("a", weight: 9));
        _now += ViewCacheStep.RetryAfter - TimeSpan.FromTicks(1);
        Assert.Empty(Take());
        _now += TimeSpan.FromTicks(1);

        Assert.Equal(9, Assert.Single(Take()).Instances[0].Record.Weight);
    }

    [Fact]
    public void TakeDue_Last_TakesWhatIsNotDueYet()
    {
        Show("store-1", Kept.Instance("a"));

        Assert.Single(Take(isLast: true));
    }

    private void Show(string store, params InstanceView[] instances) => _step.OnView(Kept.Shown(instances), store, _now);

    private IReadOnlyList<KeptView> Take(bool isUp = true, bool isLast = false)
    {
        var due = _step.TakeDue(_now, isUp, isLast);
        return due;
    }

    private void WriteFirst()
    {
        Show("store-1", Kept.Instance("a"));
        _now += ViewCacheStep.WriteInterval;
        _step.OnKept(Assert.Single(Take()), _now);
    }
}
