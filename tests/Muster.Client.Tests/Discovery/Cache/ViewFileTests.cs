using Muster.Client.Discovery.Cache;
using Muster.Core;
using Muster.Core.Model;

namespace Muster.Client.Tests.Discovery.Cache;

public sealed class ViewFileTests
{
    private static readonly TimeSpan s_ageMax = TimeSpan.FromHours(24);

    [Fact]
    public void Read_WhatWasWritten_IsTheSameWithoutLeaseAndLoad()
    {
        var written = Kept.View(Kept.Instance("a", weight: 7), Kept.Instance("b"));

        var read = Read(Write(written), out _, now: Kept.Now + TimeSpan.FromHours(3))!;

        Assert.Equal((Kept.Service, "store-1", TimeSpan.FromHours(3)), (read.Service, read.StoreId, read.Age));
        Assert.True(KeptView.AreAlike(
            [.. written.Instances.Select(i => i with { Record = i.Record with { Lease = default } })], read.Instances));
        Assert.All(read.Instances, i => Assert.Equal((default, null, default), (i.Record.Lease, i.Soft.Load, i.Soft.Stamp)));
    }

    [Fact]
    public void Write_HoldsNoLease()
    {
        var lease = BitConverter.GetBytes(0x1122334455667788);
        var varint = new byte[10];
        new Google.Protobuf.CodedOutputStream(varint).WriteUInt64(0x1122334455667788);

        var file = Write(Kept.View(Kept.Instance("a")));

        Assert.True(file.AsSpan().IndexOf(lease) < 0 && file.AsSpan().IndexOf(varint.AsSpan(0, 8)) < 0);
    }

    [Theory]
    [InlineData(Liveness.Alive, Health.Healthy, InstanceStatus.Unknown)]
    [InlineData(Liveness.Unknown, Health.Unknown, InstanceStatus.Unknown)]
    [InlineData(Liveness.Timeout, Health.Healthy, InstanceStatus.Timeout)]
    [InlineData(Liveness.Alive, Health.Degraded, InstanceStatus.Degraded)]
    [InlineData(Liveness.Alive, Health.Unhealthy, InstanceStatus.Degraded)]
    public void Read_Status_KeepsWhatSpeaksAgainstAnInstanceAndNoMore(Liveness liveness, Health health, InstanceStatus expected)
    {
        var read = Read(Write(Kept.View(Kept.Instance("a", liveness, health))), out _)!;

        Assert.Equal(expected, Assert.Single(read.Instances).Status);
    }

    [Fact]
    public void Read_Torn_IsRefusedAtEveryLength()
    {
        var file = Write(Kept.View(Kept.Instance("a"), Kept.Instance("b")));
        for (var length = 0; length < file.Length; length++)
        {
            Assert.Null(Read(file[..length], out var problem));
            Assert.Contains("torn", problem.Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Read_AnyByteRotten_IsRefused()
    {
        var file = Write(Kept.View(Kept.Instance("a"), Kept.Instance("b")));
        for (var i = 0; i < file.Length; i++)
        {
            var rotten = (byte[])file.Clone();
            rotten[i] ^= 0x10;
            Assert.Null(Read(rotten, out var problem));
            Assert.False(problem.IsNone, $"byte {i}");
            Assert.False(problem.IsExpected, $"byte {i}");
        }
    }

    [Fact]
    public void Read_Extended_IsRefused() => Assert.Null(Read([.. Write(Kept.View(Kept.Instance("a"))), 0], out _));

    [Fact]
    public void Read_OfAnotherServiceOrRegistry_IsRefusedAndNamed()
    {
        var file = Write(Kept.View(Kept.Instance("a")));

        Assert.Null(ViewFile.Read(file, ServiceKey.Default("echo"), Kept.Registry, Kept.Now, s_ageMax, out var problem));
        Assert.Equal("it is of calculator at 127.0.0.1:5000", problem.Reason);
        Assert.Null(ViewFile.Read(file, Kept.Service, "127.0.0.1:5001", Kept.Now, s_ageMax, out problem));
        Assert.Equal("it is of calculator at 127.0.0.1:5000", problem.Reason);
    }

    [Fact]
    public void Read_OtherSchema_NamesBothVersions()
    {
        var file = Write(Kept.View(Kept.Instance("a")));
        file[8] = 2;

        Assert.Null(Read(file, out var problem));
        Assert.Equal("its schema version is 2, this program reads 1", problem.Reason);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(24 * 3600 * 1000, true)]
    [InlineData((24 * 3600 * 1000) + 1, false)]
    [InlineData(-60_000, true)]
    [InlineData(-60_001, false)]
    [InlineData(-365d * 24 * 3600 * 1000, false)]
    public void Read_Age_IsHeldToItsBoundsWhateverTheClockDid(double milliseconds, bool isUsed)
    {
        var read = Read(Write(Kept.View(Kept.Instance("a"))), out var problem, Kept.Now + TimeSpan.FromMilliseconds(milliseconds));

        Assert.Equal(isUsed, read is not null);
        Assert.Equal(!isUsed && milliseconds > 0, problem.IsExpected);
        Assert.True(read is null || read.Age == TimeSpan.FromMilliseconds(Math.Max(0, milliseconds)));
    }

    [Fact]
    public void Read_OneInstanceBreaksABound_NothingIsUsed()
    {
        var file = Write(Kept.View(Kept.Instance("a"), Kept.Instance("b", weight: Limits.WeightMax + 1)));

        Assert.Null(Read(file, out var problem));
        Assert.StartsWith("weight is 10001", problem.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SameInstanceTwice_NothingIsUsed()
    {
        Assert.Null(Read(Write(Kept.View(Kept.Instance("a"), Kept.Instance("a"))), out var problem));
        Assert.Equal("instance 'a' does not belong there", problem.Reason);
    }

    [Fact]
    public void Read_InstanceOfAnotherService_NothingIsUsed()
    {
        var foreign = Kept.Instance("b");
        foreign = foreign with { Record = foreign.Record with { Key = new InstanceKey(ServiceKey.Default("echo"), "b") } };

        Assert.Null(Read(Write(Kept.View(Kept.Instance("a"), foreign)), out _));
    }

    [Fact]
    public void Write_LargerThanAllowed_IsRefused()
    {
        var instances = Enumerable.Range(0, 25_000).Select(i => Kept.Instance($"{i:000000}", metadata: new string('x', 900))).ToArray();
        var (one, two) = (Write(Kept.View(instances[..1])).Length, Write(Kept.View(instances[..2])).Length);
        var fitting = (Limits.KeptServiceBytesMax - (one - ViewFile.HeaderBytes)) / (two - one);

        // Lengths are written in a byte or four, so the estimate is some bytes off.
        Assert.InRange(Write(Kept.View(instances[..(fitting - 1)])).Length, ViewFile.BytesMax - (4 * two), ViewFile.BytesMax);
        Assert.Null(ViewFile.Write(Kept.View(instances[..(fitting + 2)]), Kept.Registry, Kept.Now));
    }

    private static byte[] Write(KeptView view) => ViewFile.Write(view, Kept.Registry, Kept.Now)!;

    private static KeptView? Read(byte[] file, out ViewFileProblem problem, DateTimeOffset? now = null) =>
        ViewFile.Read(file, Kept.Service, Kept.Registry, now ?? Kept.Now, s_ageMax, out problem);
}
