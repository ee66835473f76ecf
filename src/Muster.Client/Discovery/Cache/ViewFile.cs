using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using Muster.Core;
using Muster.Core.Model;
using Muster.Core.Replica;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;

namespace Muster.Client.Discovery.Cache;

/// <summary>What a file of kept instances looks like.</summary>
/// <remarks>
/// <code>
/// 8 bytes   "MSTRVIEW"
/// 4 bytes   schema version
/// 8 bytes   when it was written, Unix milliseconds
/// 4 bytes   length of the rest behind the checksum
/// 32 bytes  SHA-256 of all above and of the rest
/// the rest  registry address; snapshot, soft states and progress as a watch of muster.v1 would bring them
/// </code>
/// Numbers are little-endian. The checksum finds torn and rotten files; it proves nothing about who wrote them, which is the
/// business of the folder's permissions. The messages carry no lease ids: the registry shows them to nobody.
/// </remarks>
internal static class ViewFile
{
    /// <summary>The version that this code writes, and the only one that it reads.</summary>
    public const int SchemaVersion = 1;

    /// <summary>Bytes before the rest.</summary>
    public const int HeaderBytes = ChecksumAt + SHA256.HashSizeInBytes;

    /// <summary>Largest file.</summary>
    public const int BytesMax = HeaderBytes + Limits.KeptServiceBytesMax;

    /// <summary>A file may seem to come from the future by so much: a clock was set right meanwhile. More, and nobody knows how old
    /// it is.</summary>
    public static readonly TimeSpan ClockStepMax = TimeSpan.FromMinutes(1);

    private const int VersionAt = 8;
    private const int WrittenAt = VersionAt + sizeof(int);
    private const int LengthAt = WrittenAt + sizeof(long);
    private const int ChecksumAt = LengthAt + sizeof(int);

    private static ReadOnlySpan<byte> Magic => "MSTRVIEW"u8;

    /// <summary>The file's content; null if it would be larger than is allowed.</summary>
    /// <param name="view">What to keep.</param>
    /// <param name="registry">The registry's address.</param>
    /// <param name="now">The wall time.</param>
    public static byte[]? Write(KeptView view, string registry, DateTimeOffset now)
    {
        var (snapshot, soft, progress) = ToWire(view);
        var length = CodedOutputStream.ComputeStringSize(registry) + CodedOutputStream.ComputeMessageSize(snapshot)
            + CodedOutputStream.ComputeMessageSize(soft) + CodedOutputStream.ComputeMessageSize(progress);
        if (length > Limits.KeptServiceBytesMax)
        {
            return null;
        }

        var file = new byte[HeaderBytes + length];
        Magic.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(VersionAt), SchemaVersion);
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(WrittenAt), now.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(LengthAt), length);
        using var rest = new MemoryStream(file, HeaderBytes, length);
        using (var output = new CodedOutputStream(rest, leaveOpen: true))
        {
            output.WriteString(registry);
            output.WriteMessage(snapshot);
            output.WriteMessage(soft);
            output.WriteMessage(progress);
        }

        Checksum(file, file.AsSpan(ChecksumAt));
        return file;
    }

    /// <summary>Reads a file.</summary>
    /// <param name="file">Its content.</param>
    /// <param name="service">The service that it must be of.</param>
    /// <param name="registry">The registry that it must be of.</param>
    /// <param name="now">The wall time.</param>
    /// <param name="ageMax">How old it may be.</param>
    /// <param name="problem">Why it cannot be used; empty if it can.</param>
    /// <returns>All of its instances, or null.</returns>
    public static KeptView? Read(
        byte[] file, ServiceKey service, string registry, DateTimeOffset now, TimeSpan ageMax, out ViewFileProblem problem)
    {
        problem = CheckHeader(file, now, ageMax, out var age);
        if (!problem.IsNone)
        {
            return null;
        }

        try
        {
            var input = new CodedInputStream(file, HeaderBytes, file.Length - HeaderBytes);
            var of = input.ReadString();
            var (snapshot, soft, progress) = (ReadMessage(input), ReadMessage(input), ReadMessage(input));
            if (of != registry || ServiceKey.Of(snapshot.Namespace, snapshot.Service) != service)
            {
                problem = new ViewFileProblem($"it is of {ServiceKey.Of(snapshot.Namespace, snapshot.Service)} at {of}");
                return null;
            }

            return ToCore(service, age, snapshot.Snapshot, soft.Soft, progress.Progress, out problem);
        }
        catch (InvalidProtocolBufferException e)
        {
            // The checksum holds, so it was written like this: by a program that this one does not know.
            problem = new ViewFileProblem($"it cannot be read: {e.Message}");
            return null;
        }
    }

    private static ViewFileProblem CheckHeader(byte[] file, DateTimeOffset now, TimeSpan ageMax, out TimeSpan age)
    {
        age = default;
        if (file.Length < HeaderBytes || !file.AsSpan().StartsWith(Magic))
        {
            return new ViewFileProblem(file.Length < HeaderBytes ? "it is torn" : "it is no file of Muster's");
        }

        var version = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(VersionAt));
        if (version != SchemaVersion)
        {
            return new ViewFileProblem(string.Create(
                CultureInfo.InvariantCulture, $"its schema version is {version}, this program reads {SchemaVersion}"));
        }

        Span<byte> checksum = stackalloc byte[SHA256.HashSizeInBytes];
        Checksum(file, checksum);
        if (BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(LengthAt)) != file.Length - HeaderBytes
            || !checksum.SequenceEqual(file.AsSpan(ChecksumAt, SHA256.HashSizeInBytes)))
        {
            return new ViewFileProblem("it is torn or rotten: its checksum is wrong");
        }

        var written = BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(WrittenAt));
        age = TimeSpan.FromMilliseconds(now.ToUnixTimeMilliseconds() - written);
        if (age < -ClockStepMax)
        {
            return new ViewFileProblem($"it was written {-age} after now: a clock was set back, so its age is unknown");
        }

        age = age < TimeSpan.Zero ? TimeSpan.Zero : age;
        return age <= ageMax
            ? default
            : new ViewFileProblem($"it is {age} old, and {ageMax} is allowed") { IsExpected = true };
    }

    private static (WatchResponse Snapshot, WatchResponse Soft, WatchResponse Progress) ToWire(KeptView view)
    {
        var snapshot = new Snapshot { Last = true };
        var soft = new SoftStates { Complete = true };
        foreach (var instance in view.Instances)
        {
            snapshot.Instances.Add(instance.Record.ToWire());
            var (liveness, health) = KeptView.Mark(instance.Soft);
            if ((liveness, health) != default)
            {
                soft.States.Add(new Protocol.V1.SoftState
                {
                    InstanceId = instance.Id, Liveness = liveness.ToWire(), Health = health.ToWire(),
                });
            }
        }

        var token = new Protocol.V1.ResumeToken { StoreId = view.StoreId };
        return (
            new WatchResponse { Namespace = view.Service.Namespace, Service = view.Service.Name, Snapshot = snapshot },
            new WatchResponse { Soft = soft },
            new WatchResponse { Progress = new Progress { Token = token } });
    }

    // All or nothing: half of a list would send all calls to that half.
    private static KeptView? ToCore(
        ServiceKey service, TimeSpan age, Snapshot? snapshot, SoftStates? soft, Progress? progress, out ViewFileProblem problem)
    {
        problem = snapshot?.Instances.Count > Limits.InstancesPerServiceMax
            ? new ViewFileProblem($"it lists {snapshot.Instances.Count} instances, {Limits.InstancesPerServiceMax} are allowed")
            : snapshot is null || soft is null || progress?.Token is null || progress.Token.StoreId.Length == 0
            ? new ViewFileProblem("parts of it are missing")
            : default;
        if (!problem.IsNone)
        {
            return null;
        }

        var states = new Dictionary<string, Core.Model.SoftState>(StringComparer.Ordinal);
        foreach (var state in soft!.States)
        {
            // Read as carefully as what the registry sends; a stamp of zero lets whatever the registry says win.
            states[state.InstanceId] = new Core.Model.SoftState(state.Liveness.ToCore(), state.Health.ToCore(), null, TimeSpan.Zero, default);
        }

        var instances = ImmutableArray.CreateBuilder<InstanceView>(snapshot!.Instances.Count);
        foreach (var wire in snapshot.Instances)
        {
            var violation = wire.ToCore(out var record) ?? InstanceValidator.Validate(record);
            if (violation is not null || record.Key.Service != service || Follows(instances, record.Key.Id) is false)
            {
                problem = new ViewFileProblem(violation is { } broken ? $"{broken}" : $"instance '{record.Key.Id}' does not belong there");
                return null;
            }

            instances.Add(new InstanceView(record, states.GetValueOrDefault(record.Key.Id, Core.Model.SoftState.Unknown)));
        }

        return new KeptView(service, progress!.Token.StoreId, age, instances.MoveToImmutable());
    }

    private static bool Follows(ImmutableArray<InstanceView>.Builder instances, string id) =>
        instances.Count == 0 || string.CompareOrdinal(instances[^1].Id, id) < 0;

    private static WatchResponse ReadMessage(CodedInputStream input)
    {
        var message = new WatchResponse();
        input.ReadMessage(message);
        return message;
    }

    private static void Checksum(ReadOnlySpan<byte> file, Span<byte> checksum)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(file[..ChecksumAt]);
        hash.AppendData(file[HeaderBytes..]);
        hash.GetHashAndReset(checksum);
    }
}
