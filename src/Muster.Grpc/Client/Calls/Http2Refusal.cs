namespace Muster.Grpc.Calls;

/// <summary>Tells a request that an HTTP/2 server turned away unread from one that it may have run, by what
/// <see cref="SocketsHttpHandler"/> throws.</summary>
/// <remarks>
/// Two refusals are certain (RFC 9113 §8.7): RST_STREAM with REFUSED_STREAM, and GOAWAY whose last stream lies before the
/// request's. Of the second the transport itself makes nothing known but this: it sends such a request again, on up to
/// three more connections, content or not, and when the last of them ends the same way, it says that "the request was
/// aborted", because of a connection that was closed.
/// <para>The reason alone proves nothing. When a connection ends after any GOAWAY, the requests that were to be served on it
/// still fail for the very same reason, whether they ran or not: there the transport's own exception repeats its text. So
/// does one whose content could not be written any more, even if its stream lay behind the last.</para>
/// </remarks>
internal static class Http2Refusal
{
    /// <summary>The error code by which a server refuses a stream before any processing (RFC 9113 §7, §8.7).</summary>
    public const long RefusedStream = 0x7;

    /// <summary>Whether a request certainly never ran.</summary>
    /// <param name="exception">What sending it threw.</param>
    public static bool IsCertain(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is HttpProtocolException { ErrorCode: RefusedStream } || IsSentAgainInVain(cause))
            {
                return true;
            }
        }

        return false;
    }

    // The text, or in trimmed applications the resource's key, which names it alike.
    private static bool IsSentAgainInVain(Exception exception) =>
        exception is HttpRequestException { InnerException: HttpProtocolException }
        && exception.Message.Contains("request", StringComparison.Ordinal)
        && exception.Message.Contains("aborted", StringComparison.Ordinal);
}
