namespace Muster.Samples.Shared.Settings;

/// <summary>How the programs end.</summary>
internal static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Success = 0;

    /// <summary>The work failed; stderr says why.</summary>
    public const int Failure = 1;

    /// <summary>The command line or an environment variable is wrong; nothing was started.</summary>
    public const int Usage = 2;
}
