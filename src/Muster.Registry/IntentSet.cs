using Muster.Core.Model;

namespace Muster.Registry;

/// <summary>What a change of an intent came to.</summary>
/// <param name="Revision">The revision that shows it.</param>
/// <param name="Intent">What is wanted of the instance now, by its owner and by operators together.</param>
internal sealed record IntentSet(Revision Revision, Intent Intent);
