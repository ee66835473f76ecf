using System.Globalization;
using Muster.Core;

namespace Muster.Client.Http;

/// <summary>A connection was not even begun: too many others were being made.</summary>
/// <param name="waited">How long it waited for its turn.</param>
internal sealed class NoTurnException(TimeSpan waited) : Exception(string.Create(
    CultureInfo.InvariantCulture,
    $"{waited.TotalMilliseconds:0.###} ms passed without a turn to connect: {Limits.ConnectsMax} connections are made at a time, {Limits.ConnectsPerServiceMax} of one service"));
