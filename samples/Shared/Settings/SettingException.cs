namespace Muster.Samples.Shared.Settings;

/// <summary>A flag or an environment variable has a value that is not allowed; the message names it, the value and the
/// bound. The program ends with exit code <see cref="ExitCodes.Usage"/>.</summary>
internal sealed class SettingException(string message) : Exception(message);
