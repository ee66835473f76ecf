using System.Globalization;
using Muster.Protocol.V1;

namespace Muster.Bench.LoadDriver.Registry.Systems;

/// <summary>The record of 256 bytes that both sides keep of an instance: Muster as its fields, etcd as the value of a key.</summary>
internal static class Record
{
    public const int Bytes = 256;

    /// <summary>Instances by turns go to so many services.</summary>
    public const int Services = 1000;

    public static Instance Make(long number, int service)
    {
        var instance = new Instance
        {
            Service = ServiceName(service),
            Id = string.Create(CultureInfo.InvariantCulture, $"instance-{number:0000000}"),
            // An address of 10.0.0.0/8 for each: nobody connects to it.
            Host = string.Create(CultureInfo.InvariantCulture, $"10.{(number >> 16) & 255}.{(number >> 8) & 255}.{number & 255}"),
            Endpoints = { new Endpoint { Port = 8080 } },
            Weight = 1,
            Zone = "zone-a",
            Metadata = { ["version"] = "2.1.0" },
        };
        const string PadKey = "pad";
        instance.Metadata[PadKey] = "";
        instance.Metadata[PadKey] = new string('x', Math.Max(0, Bytes - instance.CalculateSize()));
        var over = instance.CalculateSize() - Bytes;
        instance.Metadata[PadKey] = new string('x', instance.Metadata[PadKey].Length - Math.Max(0, over));
        return instance;
    }

    public static string ServiceName(int service) => string.Create(CultureInfo.InvariantCulture, $"service-{service:0000}");
}
