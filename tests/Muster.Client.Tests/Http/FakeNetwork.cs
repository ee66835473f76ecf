using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Muster.Client.Http;
using Muster.Core.Replica;
using Muster.Grpc;

namespace Muster.Client.Tests.Http;

/// <summary>Answers one request of an instance.</summary>
internal delegate Task<HttpResponseMessage> FakeAnswer(HttpRequestMessage request, CancellationToken cancellationToken);

/// <summary>Instances in memory in place of sockets: what they answer, and what was sent to them.</summary>
internal sealed class FakeNetwork
{
    private readonly ConcurrentDictionary<int, (string Id, FakeAnswer Answer)> _instances = new();
    private readonly ConcurrentQueue<FakeAttempt> _attempts = new();
    private int _attemptsCount;

    /// <summary>Whether attempts are kept; switched off where there are thousands.</summary>
    public bool KeepsAttempts { get; init; } = true;

    public int AttemptsCount => Volatile.Read(ref _attemptsCount);

    public IReadOnlyList<FakeAttempt> Attempts => [.. _attempts];

    public IEnumerable<string> Ids => _attempts.Select(a => a.Id);

    /// <summary>Adds an instance.</summary>
    public InstanceView Add(string id, FakeAnswer answer)
    {
        var port = _instances.Count + 1;
        _instances[port] = (id, answer);
        return Instances.At(port, id);
    }

    public HttpMessageHandler Connect(string host, int port) => new Transport(this, port);

    /// <summary>No connection can be made.</summary>
    public static Task<HttpResponseMessage> Refuse(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Task.FromException<HttpResponseMessage>(new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused"));

    /// <summary>No connection is begun.</summary>
    public static Task<HttpResponseMessage> NoTurn(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Task.FromException<HttpResponseMessage>(new HttpRequestException(
            HttpRequestError.ConnectionError, "No turn", new NoTurnException(TimeSpan.FromSeconds(1))));

    /// <summary>The connection breaks once the request is sent.</summary>
    public static Task<HttpResponseMessage> Break(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Task.FromException<HttpResponseMessage>(new HttpRequestException(HttpRequestError.ResponseEnded, "The connection broke"));

    /// <summary>The stream is refused unread.</summary>
    public static Task<HttpResponseMessage> RefuseStream(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Task.FromException<HttpResponseMessage>(new HttpRequestException(
            HttpRequestError.HttpProtocolError, "refused", new HttpProtocolException(7, "refused", null)));

    /// <summary>Never answers; ends when it is cancelled.</summary>
    public static async Task<HttpResponseMessage> Hang(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        throw new InvalidOperationException("An infinite wait has ended.");
    }

    /// <summary>An HTTP status.</summary>
    public static FakeAnswer Status(int status, string? retryAfter = null, string body = "") => (_, _) =>
    {
        var response = new FakeResponse((HttpStatusCode)status) { Content = new StringContent(body) };
        if (retryAfter is not null)
        {
            response.Headers.TryAddWithoutValidation("Retry-After", retryAfter);
        }

        return Task.FromResult<HttpResponseMessage>(response);
    };

    /// <summary>A gRPC status, in the trailers behind an empty message.</summary>
    public static FakeAnswer Grpc(StatusCode status, string? pushback = null) => (_, _) =>
    {
        var response = new FakeResponse(HttpStatusCode.OK) { Version = HttpVersion.Version20, Content = new ByteArrayContent(new byte[5]) };
        response.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        response.TrailingHeaders.Add("grpc-status", ((int)status).ToString(CultureInfo.InvariantCulture));
        if (pushback is not null)
        {
            response.TrailingHeaders.Add("grpc-retry-pushback-ms", pushback);
        }

        return Task.FromResult<HttpResponseMessage>(response);
    };

    /// <summary>Answers in turn; the last one stays.</summary>
    public static FakeAnswer InTurn(params FakeAnswer[] answers)
    {
        var turn = -1;
        return (request, token) => answers[Math.Min(Interlocked.Increment(ref turn), answers.Length - 1)](request, token);
    }

    private async Task<HttpResponseMessage> AnswerAsync(int port, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var (id, answer) = _instances[port];
        Interlocked.Increment(ref _attemptsCount);
        FakeAttempt? attempt = null;
        if (KeepsAttempts)
        {
            attempt = new FakeAttempt(id, request, GrpcHeaders.ReadTimeout(request));
            _attempts.Enqueue(attempt);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (request.Content is { } content)
        {
            await content.CopyToAsync(Stream.Null, cancellationToken);
        }

        var response = await answer(request, cancellationToken);
        response.RequestMessage = request;
        attempt?.Response = response as FakeResponse;
        return response;
    }

    private sealed class Transport(FakeNetwork network, int port) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            network.AnswerAsync(port, request, cancellationToken);
    }
}

/// <summary>What arrived at an instance.</summary>
internal sealed record FakeAttempt(string Id, HttpRequestMessage Request, TimeSpan? Timeout)
{
    public FakeResponse? Response { get; set; }
}

/// <summary>A response that knows whether it was disposed.</summary>
internal sealed class FakeResponse(HttpStatusCode status) : HttpResponseMessage(status)
{
    public bool IsDisposed { get; private set; }

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }
}
