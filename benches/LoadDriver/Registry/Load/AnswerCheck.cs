namespace Muster.Bench.LoadDriver.Registry.Load;

/// <summary>Throws <see cref="InvalidDataException"/> if an answer is a refusal.</summary>
internal delegate void AnswerCheck(ReadOnlySpan<byte> message);
