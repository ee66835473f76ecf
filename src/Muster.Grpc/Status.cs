namespace Muster.Grpc;

/// <summary>How a call ended: a code, and a sentence for people.</summary>
/// <param name="Code">The status code.</param>
/// <param name="Detail">A sentence that names what is wrong; empty for <see cref="StatusCode.OK"/>.
/// Sent percent-encoded in <c>grpc-message</c>, so any Unicode text is allowed.</param>
public readonly record struct Status(StatusCode Code, string Detail)
{
    /// <summary>Success.</summary>
    public static readonly Status Ok = new(StatusCode.OK, "");

    /// <inheritdoc />
    public override string ToString() => Detail.Length == 0 ? $"{Code}" : $"{Code}: {Detail}";
}
