using Muster.Repository.Text;

namespace Muster.Repository.PublicApi;

public class ApiPageTests
{
    [Fact]
    public void Write_ShippedAssemblies_AreThePage() => Snapshot.Check(ApiPage.Path, ApiPage.Write(
    [
        typeof(Core.Limits).Assembly,
        typeof(Grpc.GrpcMethod).Assembly,
        typeof(Grpc.AspNetCore.IGrpcService).Assembly,
        typeof(Client.MusterClientOptions).Assembly,
        typeof(AspNetCore.MusterRegistrationOptions).Assembly,
    ]));

    [Fact]
    public void Of_EveryKindOfMember_IsWrittenAsInSource() => Assert.Equal(
    [
        "const int Largest = 1",
        "protected Sample(string name, int? count = null)",
        "required string? Name { get; init; }",
        "static int Total { get; }",
        "event Action<string?>? Changed",
        "override string ToString()",
        "protected virtual void OnChanged()",
        "static bool TryRead<T>(string text, out T value, bool strict = true)",
    ], Members.Of(typeof(Sample)));

    [Theory]
    [InlineData(typeof(Sample), "class ApiPageTests.Sample")]
    [InlineData(typeof(Pair<>), "record struct ApiPageTests.Pair<T>")]
    [InlineData(typeof(Named), "sealed record ApiPageTests.Named : IDisposable")]
    [InlineData(typeof(Choice), "enum ApiPageTests.Choice")]
    [InlineData(typeof(Made), "delegate int ApiPageTests.Made(List<string> names)")]
    public void Declaration_Type_IsWrittenAsInSource(Type type, string expected) => Assert.Equal(expected, ApiPage.Declaration(type));

    [Fact]
    public void Of_Record_LeavesOutWhatTheCompilerAdds() =>
        Assert.Equal(["Named(string Text)", "string Text { get; init; }", "void Dispose()"], Members.Of(typeof(Named)));

    public enum Choice
    {
        One = 1,
    }

    public delegate int Made(List<string> names);

    public readonly record struct Pair<T>(T First, T Second);

    public sealed record Named(string Text) : IDisposable
    {
        public void Dispose()
        {
        }
    }

    public class Sample
    {
        public const int Largest = 1;

        protected Sample(string name, int? count = null) => Name = $"{name}{count}";

        public event Action<string?>? Changed;

        public static int Total => 0;

        public required string? Name { get; init; }

        public static bool TryRead<T>(string text, out T value, bool strict = true)
        {
            value = default!;
            return strict && text.Length > 0;
        }

        public override string ToString() => Name ?? "";

        protected virtual void OnChanged() => Changed?.Invoke(Name);
    }
}
