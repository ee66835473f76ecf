using System.Collections.Immutable;
using System.Net;
using Muster.Grpc;

namespace Muster.Client.Resilience;

/// <summary>When a call that failed is sent again, to another instance.</summary>
/// <remarks>
/// Only what may run twice is: its gRPC method declares <c>idempotency_level</c>, its HTTP method is idempotent (RFC 9110 §9.2.2), or it
/// carries an <c>idempotency-key</c>; and only if its content can be read a second time. What certainly never ran, because no connection
/// was made or the instance refused it unread, goes on to another instance without these options, without a wait and without the
/// budget (gRFC A6's transparent retry).
/// <para>A call is never sent again once its deadline (<c>grpc-timeout</c>) would have passed, and each attempt tells its server the time
/// that is left.</para>
/// </remarks>
public sealed record RetryOptions
{
    /// <summary>Attempts of one call in all, the first included.</summary>
    /// <value>Default 3. Allowed: 2 to 5 (gRFC A6's cap). Attempts that never reached an instance do not count.</value>
    public int AttemptsMax { get; init; } = 3;

    /// <summary>The wait before the second attempt, ± 20 %.</summary>
    /// <value>Default 25 ms. Allowed: zero (no wait) to <see cref="BackoffMax"/>.</value>
    public TimeSpan BackoffMin { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>How many times as long each further wait is.</summary>
    /// <value>Default 2. Allowed: 1 to 10.</value>
    public double BackoffMultiplier { get; init; } = 2;

    /// <summary>The longest wait, before the ± 20 %.</summary>
    /// <value>Default 1 s. Allowed: <see cref="BackoffMin"/> to 1 min.</value>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait that an instance may ask for, by <c>grpc-retry-pushback-ms</c> or <c>Retry-After</c>, in place of the
    /// back-off. An instance that asks for more is not disobeyed: its answer is delivered.</summary>
    /// <value>Default 5 s. Allowed: zero (whoever asks for a wait gets no retry) to 1 min.</value>
    public TimeSpan PushbackMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>gRPC statuses after which a call is sent again. Of unary calls alone: what a stream has delivered cannot be taken
    /// back.</summary>
    /// <value>Default <see cref="StatusCode.Unavailable"/>. Allowed: all but OK, and but CANCELLED and DEADLINE_EXCEEDED, which are the
    /// caller's own doing. Empty: none.</value>
    public ImmutableArray<StatusCode> GrpcStatuses { get; init; } = [StatusCode.Unavailable];

    /// <summary>HTTP statuses after which a call is sent again.</summary>
    /// <value>Default 429, 502, 503 and 504. Allowed: 408, 425, 429 and 500 to 599. Empty: none. 429 counts only with a
    /// <c>Retry-After</c>: an overload that does not say when it ends is made worse by guessing.</value>
    public ImmutableArray<HttpStatusCode> HttpStatuses { get; init; } =
    [
        HttpStatusCode.TooManyRequests, HttpStatusCode.BadGateway, HttpStatusCode.ServiceUnavailable, HttpStatusCode.GatewayTimeout,
    ];

    /// <summary>The budget: how many retries and hedges there may be for a hundred calls, over the last ten seconds or so. All handlers of
    /// a client that call the same service draw on one.</summary>
    /// <value>Percent. Default 10. Allowed: 0.1 to 100. Where calls are few, 3 a second, and 30 at once, are allowed instead.</value>
    /// <remarks>So a service whose every instance fails gets 1.1 times its traffic and not three times.</remarks>
    public double BudgetPercent { get; init; } = 10;
}
