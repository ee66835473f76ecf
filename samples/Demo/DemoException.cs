namespace Muster.Samples.Demo;

/// <summary>The demo cannot run; the message says why and what to do.</summary>
internal sealed class DemoException(string message) : Exception(message);
