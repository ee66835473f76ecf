using System.Collections.Immutable;
using Muster.Grpc.AspNetCore;
using Muster.Samples.Contracts;
using Muster.Samples.Shared.Hosting;
using Muster.Samples.Shared.Settings;
using Muster.Samples.Worker;

// The composition root: the one place of this program that names the system's clock and its source of chance.
var random = Random.Shared;
var timeProvider = TimeProvider.System;

// This version of the Redis client blocks the thread that sends a transaction until its condition is answered. With a thread a
// core, which is what the pool starts with, two increments at once would leave none to read the answers.
ThreadPool.SetMinThreads(workerThreads: 16, completionPortThreads: 16);

var redis = CommonSettings.Redis();
var load = new Setting<string>(
    "--load", null, "The CPU load to report: simulated wanders between 0 and 100 %, real is this process's own",
    SettingParsers.OneOf("simulated", "real"), () => "simulated", "simulated", "simulated|real");
var seed = new Setting<int>(
    "--seed", null, "Makes the simulated load repeatable", SettingParsers.WholeNumber(0, int.MaxValue), () => random.Next(), "random", "n");

var command = new ProviderCommand(
    "worker", "Adds numbers (service sum) and counts in Redis (service increment), over gRPC.", random, redis, load, seed);
return await command.RunAsync(args, (reader, settings) =>
{
    var link = new RedisLink(reader.Get(redis), RedisLink.PatienceDefault, timeProvider);
    ImmutableArray<string> services = [SumMethods.ServiceName, IncrementMethods.ServiceName];
    return new Provider
    {
        Services = services,
        LoadSource = reader.Get(load) == "simulated" ? new RandomWalkLoad(reader.Get(seed), timeProvider) : null,
        Owned = link,
        WarmUp = () => WarmUpAsync(new RedisCounterStore(link, timeProvider)),
        Map = app =>
        {
            app.MapGrpcService(new SumService(InstanceIds.Of(settings.Id, SumMethods.ServiceName, services.Length)));
            app.MapGrpcService(new IncrementService(
                InstanceIds.Of(settings.Id, IncrementMethods.ServiceName, services.Length), new RedisCounterStore(link, timeProvider)));
        },
    };
});

static async Task WarmUpAsync(RedisCounterStore store)
{
    try
    {
        await store.GetAsync(IncrementService.CounterDefault, CancellationToken.None);
    }
    catch (CounterUnavailableException error)
    {
        // Sum needs no Redis, and Redis may come later: the worker serves what it can.
        await Console.Error.WriteLineAsync($"{error.Message} Until it does, increments are refused.");
    }
}
