using System.Globalization;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Grpc.AspNetCore;
using Muster.Samples.Contracts;
using Muster.Samples.V1;

namespace Muster.Samples.Worker;

/// <summary>Counts in a store that all workers share.</summary>
internal sealed class IncrementService(string instanceId, ICounterStore store) : IGrpcService
{
    /// <summary>The counter of those who name none.</summary>
    internal const string CounterDefault = "muster:counter";

    // Callers choose the counter, so they must not reach the other keys of a Redis that is shared with something else.
    private const string CounterPrefix = "muster:";
    private const int NameCharsMax = 128;

    /// <inheritdoc />
    public void Bind(GrpcServiceBinder binder)
    {
        binder.Unary(IncrementMethods.Increment, IncrementAsync);
        binder.Unary(IncrementMethods.Get, GetAsync);
    }

    private async Task<IncrementResponse> IncrementAsync(IncrementRequest request, GrpcServerContext context)
    {
        var counter = CounterOf(request.Counter);
        var key = KeyOf(request.IdempotencyKey, context.RequestHeaders.GetText(IncrementMethods.IdempotencyKeyHeader));
        var counted = await AvailableAsync(store.IncrementAsync(counter, key, context.CancellationToken));
        return new IncrementResponse { Value = counted.Value, Repeated = counted.Repeated, ServedBy = instanceId };
    }

    private async Task<GetResponse> GetAsync(GetRequest request, GrpcServerContext context)
    {
        var value = await AvailableAsync(store.GetAsync(CounterOf(request.Counter), context.CancellationToken));
        return new GetResponse { Value = value, ServedBy = instanceId };
    }

    /// <summary>The counter that a request names.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT: no counter may have that name.</exception>
    internal static string CounterOf(string name)
    {
        if (name.Length == 0)
        {
            return CounterDefault;
        }

        return name.Length <= NameCharsMax && name.StartsWith(CounterPrefix, StringComparison.Ordinal) && IsPrintable(name)
            ? name
            : throw Invalid(
                "counter", name, $"'{CounterPrefix}' at its start and at most {NameCharsMax} printable ASCII characters are needed");
    }

    /// <summary>The idempotency key of a request: the message's, else the header's, else null.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT: the key is too long, or the two are not alike.</exception>
    internal static string? KeyOf(string inMessage, string? inHeader)
    {
        if (inMessage.Length > 0 && inHeader is { Length: > 0 } && inHeader != inMessage)
        {
            throw Invalid("idempotency_key", inMessage, "it must equal the header idempotency-key, or one of the two be left out");
        }

        var key = inMessage.Length > 0 ? inMessage : inHeader;
        if (string.IsNullOrEmpty(key))
        {
            return null;
        }

        return key.Length <= NameCharsMax && IsPrintable(key)
            ? key
            : throw Invalid("idempotency_key", key, $"at most {NameCharsMax} printable ASCII characters are allowed");
    }

    private static async Task<T> AvailableAsync<T>(Task<T> work)
    {
        try
        {
            return await work;
        }
        catch (CounterUnavailableException error)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, error.Message), null, error);
        }
    }

    private static bool IsPrintable(string text) => text.All(c => c is >= ' ' and <= '~');

    private static RpcException Invalid(string field, string value, FormattableString bound) =>
        Invalid(field, value, bound.ToString(CultureInfo.InvariantCulture));

    private static RpcException Invalid(string field, string value, string bound) =>
        new(StatusCode.InvalidArgument, new Violation(field, Violation.Quote(value), bound).ToString());
}
