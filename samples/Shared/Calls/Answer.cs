namespace Muster.Samples.Shared.Calls;

/// <summary>What a call returned.</summary>
/// <param name="Result">A number or a text.</param>
/// <param name="ServedBy">The id of the instance that answered.</param>
internal readonly record struct Answer(object Result, string ServedBy)
{
    /// <summary>The result as people write it: 5, not 5.0 or 5,0.</summary>
    public string Text => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Result}");
}
