namespace Muster.AspNetCore;

/// <summary>One call of <see cref="MusterAspNetCoreExtensions.AddMusterLoadReports"/>.</summary>
internal sealed record LoadReportsRequest(Func<MusterLoadReportsOptions, MusterLoadReportsOptions>? Configure)
{
    /// <summary>The options of the first call that gives some, held to their bounds.</summary>
    public static MusterLoadReportsOptions OptionsOf(IEnumerable<LoadReportsRequest> requests)
    {
        var options = new MusterLoadReportsOptions();
        options = requests.FirstOrDefault(r => r.Configure is not null)?.Configure!(options) ?? options;
        options.Validate();
        return options;
    }
}
