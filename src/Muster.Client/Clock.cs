using System.Diagnostics.CodeAnalysis;

namespace Muster.Client;

/// <summary>The one place in this library that names the system clock, so that every other line receives it.</summary>
internal static class Clock
{
    [SuppressMessage("ApiDesign", "RS0030", Justification = "The default of an option that a composition root may replace.")]
    public static readonly TimeProvider System = TimeProvider.System;

    /// <summary>This process's monotonic time. Everything in this library that compares times of different objects counts
    /// from here: <see cref="Core.Model.SoftState.LoadAt"/> above all.</summary>
    public static TimeSpan Now(this TimeProvider timeProvider) => timeProvider.GetElapsedTime(0);
}
