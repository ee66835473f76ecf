using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Registry.Tests.History;

/// <summary>Why did it leave, and why does it stand as it does: through the API.</summary>
public class HistoryTests : RegistryHarness
{
    [Fact]
    public async Task Removals_OfEachKind_AreListedNewestFirstWithReasonEvidenceAndTime()
    {
        var left = await RegisterAsync(Instance("left", 80));
        await Client.UnaryAsync(RegistryMethods.Deregister,
            new DeregisterRequest { Service = "calculator", InstanceId = "left", LeaseId = left.LeaseId });
        await RegisterAsync(Instance("removed", 81));
        await RemoveAsync("removed", "bad build");
        await RegisterAsync(Instance("old", 82));
        Time.Advance(TimeSpan.FromSeconds(5.1));
        await RegisterAsync(Instance("new", 82));
        await ExpireAllAsync("new");

        var list = await ListRemovalsAsync();

        Assert.Equal(
            [("new", RemovalReason.Expired), ("old", RemovalReason.Superseded), ("removed", RemovalReason.Operator), ("left", RemovalReason.Deregistered)],
            list.Removals.Select(r => (r.InstanceId, r.Reason)));
        Assert.True(list.ServiceKnown);
        Assert.Equal("10.0.0.1:82", list.Removals[1].Address);
        Assert.Contains("'new' registered 10.0.0.1:82", list.Removals[1].Evidence, StringComparison.Ordinal);
        Assert.Contains("last renewal 5.1 s ago", list.Removals[1].Evidence, StringComparison.Ordinal);
        Assert.Contains("operator 'ann' at 127.0.0.1:", list.Removals[2].Evidence, StringComparison.Ordinal);
        Assert.Contains("bad build", list.Removals[2].Evidence, StringComparison.Ordinal);
        Assert.All(list.Removals, r => Assert.InRange(r.AtUnixMs, 1, list.NowUnixMs));
    }

    [Fact]
    public async Task ListRemovals_Limit_IsKeptAndChecked()
    {
        for (var i = 0; i < 3; i++)
        {
            await RegisterAsync(Instance($"i{i}", 80 + i));
            await RemoveAsync($"i{i}");
        }

        Assert.Equal(["i2", "i1"], (await ListRemovalsAsync(2)).Removals.Select(r => r.InstanceId));
        var error = await FailsAsync(StatusCode.InvalidArgument, ListRemovalsAsync(1001));
        Assert.StartsWith("limit is 1001: 0 to 1000 are allowed", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListRemovals_ServiceNobodyHeardOf_SaysSo() =>
        Assert.False((await ListRemovalsAsync(service: "nowhere")).ServiceKnown);

    [Fact]
    public async Task ListRemovals_ServiceThatWasForgotten_StillAnswers()
    {
        await RegisterAsync(Instance());
        await RemoveAsync("a");
        await using var watch = new WatchReader(Client);
        await watch.SubscribeAsync("calculator");
        await watch.ReadProgressAsync();
        Time.Advance(TimeSpan.FromMinutes(61));
        await watch.ReadUntilAsync(WatchResponse.EventOneofCase.ServiceUnknown);

        var list = await ListRemovalsAsync();

        Assert.True(list.ServiceKnown);
        Assert.Equal("a", Assert.Single(list.Removals).InstanceId);
    }

    [Fact]
    public async Task Explain_ByIdAlone_FindsEveryServiceThatHasOrHadIt()
    {
        await RegisterAsync(Instance("x", 80, "calculator"));
        await RegisterAsync(Instance("x", 81, "echo"));
        await RemoveAsync("x", service: "echo");

        var found = (await ExplainAsync("x")).Explanations;

        Assert.Equal(["calculator", "echo"], found.Select(e => e.Service));
        Assert.NotNull(found[0].Listed);
        Assert.Null(found[1].Listed);
        Assert.Equal(RemovalReason.Operator, Assert.Single(found[1].Removals).Reason);
        Assert.Equal("echo", Assert.Single((await ExplainAsync("x", "echo")).Explanations).Service);
        Assert.Empty((await ExplainAsync("nobody")).Explanations);
    }

    [Fact]
    public async Task Explain_Listed_ShowsTheSignsOfItsProvider()
    {
        await RegisterAsync(Instance(), ttlMs: 4000);
        Time.Advance(TimeSpan.FromSeconds(1.5));

        var signs = Assert.Single((await ExplainAsync("a")).Explanations).Signs;

        Assert.Equal((4000u, 1500u, false), (signs.TtlMs, signs.SinceRenewalMs, signs.HasStream));
        Assert.False(signs.HasSinceStreamLostMs);
    }

    [Theory]
    [InlineData("", "instance_id is empty")]
    [InlineData("no spaces", "instance_id is 'no spaces'")]
    public async Task Explain_BadId_IsRefused(string id, string message)
    {
        var error = await FailsAsync(StatusCode.InvalidArgument, ExplainAsync(id));

        Assert.StartsWith(message, error.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(257, "reason is 257 characters: at most 256 are allowed.")]
    [InlineData(-1, "reason is a text with control characters: none are allowed.")]
    public async Task Remove_BadReason_IsRefusedAndNothingIsRemoved(int length, string message)
    {
        await RegisterAsync(Instance());

        var error = await FailsAsync(StatusCode.InvalidArgument, RemoveAsync("a", length < 0 ? "\u001b[2J" : new string('x', length)));

        Assert.Equal(message, error.Status.Detail);
        Assert.Single((await ListAsync()).Instances);
    }

    [Fact]
    public async Task Remove_Unknown_IsNotFound() => await FailsAsync(StatusCode.NotFound, RemoveAsync("ghost"));

    [Fact]
    public async Task KeepAlive_AfterItsInstanceWasRemoved_SaysThatItIsFinal()
    {
        var registered = await RegisterAsync(Instance());
        await RemoveAsync("a", "bad build");

        var error = await FailsAsync(StatusCode.FailedPrecondition, Client.UnaryAsync(
            RegistryMethods.KeepAlive, new KeepAliveRequest { LeaseId = registered.LeaseId }));

        Assert.Contains("bad build", error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("do not register it again", error.Status.Detail, StringComparison.Ordinal);
    }

    private async Task ExpireAllAsync(string last)
    {
        await using var watch = new WatchReader(Client);
        await watch.SubscribeAsync("calculator");
        await watch.ReadProgressAsync();
        Time.Advance(TimeSpan.FromSeconds(10.1));
        await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Removed, m => m.Removed.InstanceId == last);
    }

    private Task<ListRemovalsResponse> ListRemovalsAsync(uint limit = 0, string service = "calculator") =>
        Client.UnaryAsync(RegistryMethods.ListRemovals, new ListRemovalsRequest { Service = service, Limit = limit });

    private Task<ExplainInstanceResponse> ExplainAsync(string id, string service = "") =>
        Client.UnaryAsync(RegistryMethods.ExplainInstance, new ExplainInstanceRequest { InstanceId = id, Service = service });

    private Task<RemoveResponse> RemoveAsync(string id, string reason = "", string service = "calculator") => Client.UnaryAsync(
        RegistryMethods.Remove, new RemoveRequest { Service = service, InstanceId = id, Reason = reason, Operator = "ann" });
}
