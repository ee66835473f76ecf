namespace Muster.Client.Registration;

/// <summary>The requests of a session.</summary>
internal enum RequestKind
{
    None,
    Open,
    Register,
    SetIntent,
    Deregister,
    Renew,
}
