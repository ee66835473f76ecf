using System.Globalization;
using StackExchange.Redis;

namespace Muster.Samples.Worker;

/// <summary>Counters in Redis, or in what speaks its protocol.</summary>
/// <remarks>
/// <para>An increment and the memory of it must be one step: a worker that is killed between the two would leave an increment
/// that its retry counts again. Lua would make them one, but not every RESP server runs it (Garnet only when told to), so this
/// is a transaction: <c>WATCH memory; MULTI; INCR counter; BITOP OR memory counter; EXPIRE memory; EXEC</c>.</para>
/// <para><c>BITOP OR</c> with one source copies the counter as it stands inside the transaction, which is how the result can
/// be remembered although a client only learns it from EXEC. Only the memory, which is this increment's own, is watched, so
/// increments with different keys never make each other fail.</para>
/// </remarks>
internal sealed class RedisCounterStore(RedisLink link, TimeProvider timeProvider) : ICounterStore
{
    /// <summary>How long an increment is remembered. Far above any retry, and short enough that a busy counter's memories
    /// stay small: 1,000 increments a second are some 60 MB.</summary>
    internal static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);

    // The first attempt loses only to a twin with the same key, whose result the second one then finds.
    private const int AttemptsMax = 3;

    /// <inheritdoc />
    public Task<CountedIncrement> IncrementAsync(string counter, string? idempotencyKey, CancellationToken cancellationToken) =>
        RunAsync(
            database => idempotencyKey is null
                ? CountAsync(database, counter)
                : CountOnceAsync(database, counter, MemoryOf(counter, idempotencyKey)),
            cancellationToken);

    /// <inheritdoc />
    public Task<long> GetAsync(string counter, CancellationToken cancellationToken) =>
        RunAsync(async database => (long)await database.StringGetAsync(counter), cancellationToken);

    private static string MemoryOf(string counter, string idempotencyKey) => $"{counter}:done:{idempotencyKey}";

    private static async Task<CountedIncrement> CountAsync(IDatabase database, string counter) =>
        new(await database.StringIncrementAsync(counter), Repeated: false);

    private static async Task<CountedIncrement> CountOnceAsync(IDatabase database, string counter, string memory)
    {
        for (var attempt = 1; ; attempt++)
        {
            var transaction = database.CreateTransaction();
            transaction.AddCondition(Condition.KeyNotExists(memory));
            var value = transaction.StringIncrementAsync(counter);
            _ = transaction.StringBitOperationAsync(Bitwise.Or, memory, counter);
            _ = transaction.KeyExpireAsync(memory, Memory);
            if (await transaction.ExecuteAsync())
            {
                return new CountedIncrement(await value, Repeated: false);
            }

            var remembered = await database.StringGetAsync(memory);
            if (!remembered.IsNull)
            {
                return new CountedIncrement((long)remembered, Repeated: true);
            }

            if (attempt == AttemptsMax)
            {
                throw new CounterUnavailableException(string.Create(
                    CultureInfo.InvariantCulture, $"Redis refused the transaction of {memory} {AttemptsMax} times; nothing was counted."));
            }
        }
    }

    private async Task<T> RunAsync<T>(Func<IDatabase, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await ConnectedAsync(work).WaitAsync(link.Patience, timeProvider, cancellationToken);
        }
        catch (Exception error) when (error is RedisException or TimeoutException or ObjectDisposedException)
        {
            throw new CounterUnavailableException(
                $"Redis at {link.Address} does not answer: {Reason(error)} The call may be sent again with the same key.", error);
        }
    }

    private async Task<T> ConnectedAsync<T>(Func<IDatabase, Task<T>> work)
    {
        var connection = await link.GetAsync();
        return await work(connection.GetDatabase());
    }

    private string Reason(Exception error) => error switch
    {
        TimeoutException => string.Create(CultureInfo.InvariantCulture, $"nothing came back within {link.Patience.TotalSeconds} s."),
        RedisServerException => $"it says '{error.Message}'.",
        _ => "there is no connection to it.",
    };
}
