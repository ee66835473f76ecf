using Muster.Core.Model;

namespace Muster.Protocol.Mapping;

/// <summary>Resume tokens to and from the wire.</summary>
public static class ResumeTokenMapping
{
    /// <summary>Reads a token; null if none was sent.</summary>
    public static ResumeToken? ToCore(this V1.ResumeToken? wire) =>
        wire is null ? null : new ResumeToken(wire.StoreId, new Revision(wire.Revision));

    /// <summary>The token on the wire.</summary>
    public static V1.ResumeToken ToWire(this ResumeToken token) =>
        new() { StoreId = token.StoreId ?? "", Revision = token.Revision.Value };
}
