using System.Globalization;

namespace Muster.Bench.LoadDriver.Registry.Systems;

/// <summary>One member of etcd with its default settings.</summary>
internal sealed class EtcdProgram : ServerProgram
{
    private readonly string _peerUrl = Url(FreePort());

    protected override (string Program, string[] Arguments) Command => (
        "etcd",
        [
            "--data-dir", Data, "--logger", "zap",
            "--listen-client-urls", Url(EndPoint.Port), "--advertise-client-urls", Url(EndPoint.Port),
            "--listen-peer-urls", _peerUrl, "--initial-advertise-peer-urls", _peerUrl,
            "--initial-cluster", $"default={_peerUrl}",
        ]);

    private static string Url(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
}
