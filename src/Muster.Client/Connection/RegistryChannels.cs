namespace Muster.Client.Connection;

/// <summary>The connections to the registry: one to the configured address, which all streams share, and at most one to the
/// node that a session was sent to.</summary>
/// <remarks>The seam for several configured addresses: <see cref="For"/> would rotate through them.</remarks>
internal sealed class RegistryChannels(MusterClientOptions options) : IDisposable
{
    private readonly RegistryChannel _configured = new(options.Registry, options);
    private RegistryChannel? _moved;

    /// <summary>The configured registry.</summary>
    public RegistryChannel Configured => _configured;

    /// <summary>The connection to an address; null means the configured one. Called by one loop at a time.</summary>
    public RegistryChannel For(string? address)
    {
        if (address is null || address == _configured.Address)
        {
            return _configured;
        }

        if (_moved?.Address != address)
        {
            _moved?.Dispose();
            _moved = new RegistryChannel(address, options);
        }

        return _moved;
    }

    public void Dispose()
    {
        _configured.Dispose();
        _moved?.Dispose();
    }
}
