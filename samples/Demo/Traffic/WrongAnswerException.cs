namespace Muster.Samples.Demo.Traffic;

/// <summary>A call ended well with a result that is not right; the message says both.</summary>
internal sealed class WrongAnswerException(string message) : Exception(message);
