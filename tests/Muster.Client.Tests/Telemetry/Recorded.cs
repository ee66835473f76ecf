using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Muster.Client.Telemetry;

namespace Muster.Client.Tests.Telemetry;

/// <summary>Makes the meter of one client and keeps what its instruments record; other clients of the process have meters of their
/// own.</summary>
internal sealed class Recorded : IMeterFactory
{
    private readonly Meter _meter = new(MusterTelemetry.MeterName);
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<(string Name, double Value, string Tags)> _all = new();
    private readonly ConcurrentDictionary<string, Instrument> _instruments = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _first = new(StringComparer.Ordinal);

    public Recorded()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == _meter)
            {
                _instruments[instrument.Name] = instrument;
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((i, value, tags, _) => Add(i, value, tags));
        _listener.SetMeasurementEventCallback<double>((i, value, tags, _) => Add(i, value, tags));
        _listener.Start();
    }

    public Meter Create(MeterOptions options)
    {
        Assert.Equal(MusterTelemetry.MeterName, options.Name);
        return _meter;
    }

    /// <summary>What was recorded under a name: values with their tags, in order.</summary>
    public IReadOnlyList<(double Value, string Tags)> Of(string name) =>
        [.. _all.Where(r => r.Name == name).Select(r => (r.Value, r.Tags))];

    /// <summary>Completes when something has been recorded under a name.</summary>
    public Task FirstAsync(string name) => First(name).Task.InTime();

    /// <summary>An instrument by its name.</summary>
    public Instrument Instrument(string name) => _instruments[name];

    /// <summary>Asks the gauges.</summary>
    public IReadOnlyList<(double Value, string Tags)> Observe(string name)
    {
        _all.Clear();
        _listener.RecordObservableInstruments();
        return Of(name);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _meter.Dispose();
    }

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new List<string>();
        foreach (var (key, tag) in tags)
        {
            text.Add($"{key}={tag}");
        }

        _all.Enqueue((instrument.Name, value, string.Join(' ', text)));
        First(instrument.Name).TrySetResult();
    }

    private TaskCompletionSource First(string name) =>
        _first.GetOrAdd(name, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
