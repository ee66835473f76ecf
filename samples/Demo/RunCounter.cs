using System.Globalization;
using Muster.Core.Model;
using StackExchange.Redis;

namespace Muster.Samples.Demo;

/// <summary>The counter of one run, as Redis itself holds it: what the workers acknowledged is compared with this.</summary>
internal sealed class RunCounter : IDisposable
{
    // A run that is killed cannot delete its key; Redis then does.
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ConnectionMultiplexer _redis;

    private RunCounter(ConnectionMultiplexer redis, string key)
    {
        _redis = redis;
        Key = key;
    }

    /// <summary>Its key.</summary>
    public string Key { get; }

    /// <summary>The key of what is counted before the run's own calls.</summary>
    public string WarmUpKey => $"{Key}:warm-up";

    /// <summary>Connects, and starts the counter at 0.</summary>
    /// <exception cref="DemoException">There is no Redis at the address.</exception>
    public static async Task<RunCounter> CreateAsync(HostPort address, Random random)
    {
        var options = ConfigurationOptions.Parse(address.ToString());
        options.ConnectTimeout = (int)Patience.TotalMilliseconds;
        options.SyncTimeout = (int)Patience.TotalMilliseconds;
        try
        {
            var redis = await ConnectionMultiplexer.ConnectAsync(options);
            var counter = new RunCounter(redis, string.Create(CultureInfo.InvariantCulture, $"muster:demo:{random.Next():x8}"));
            await redis.GetDatabase().StringSetAsync(counter.Key, 0, Lifetime);
            await redis.GetDatabase().StringSetAsync(counter.WarmUpKey, 0, Lifetime);
            return counter;
        }
        catch (RedisException error)
        {
            throw new DemoException($"Redis at {address} does not answer: {error.Message}");
        }
    }

    /// <summary>Reads it.</summary>
    public async Task<long> ReadAsync() => (long)await _redis.GetDatabase().StringGetAsync(Key);

    /// <summary>Deletes both keys. What the workers remember of single increments goes by itself, within 10 minutes.</summary>
    public Task DeleteAsync() => _redis.GetDatabase().KeyDeleteAsync([Key, WarmUpKey]);

    /// <inheritdoc />
    public void Dispose() => _redis.Dispose();
}
