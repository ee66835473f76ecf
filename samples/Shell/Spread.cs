using System.Globalization;

namespace Muster.Samples.Shell;

/// <summary>Counts which instances answered.</summary>
/// <remarks>Not thread-safe: one menu, or one loop, drives it.</remarks>
internal sealed class Spread
{
    // Instances come and go; past this many the shell's table would be no use, so the rest share a row.
    private const int InstancesMax = 256;
    private const string Others = "(others)";

    private readonly SortedDictionary<string, SortedDictionary<string, int>> _calls = new(StringComparer.Ordinal);

    /// <summary>Counts a call.</summary>
    public void Add(string service, string instance)
    {
        if (!_calls.TryGetValue(service, out var instances))
        {
            _calls[service] = instances = new SortedDictionary<string, int>(StringComparer.Ordinal);
        }

        var row = instances.Count < InstancesMax || instances.ContainsKey(instance) ? instance : Others;
        instances[row] = instances.GetValueOrDefault(row) + 1;
    }

    /// <summary>The services that answered, with the calls that each instance took and its share of them.</summary>
    public IEnumerable<(string Service, string Instance, int Calls, double Share)> Rows() =>
        from service in _calls
        let total = service.Value.Values.Sum()
        from instance in service.Value
        select (service.Key, instance.Key, instance.Value, (double)instance.Value / total);

    /// <summary>One line an instance.</summary>
    public IEnumerable<string> Describe(string service) =>
        from row in Rows()
        where row.Service == service
        select string.Create(CultureInfo.InvariantCulture, $"{row.Instance}: {row.Calls} calls, {row.Share * 100:0.0} %");
}
