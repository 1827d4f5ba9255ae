using AniSora.Data.Tables;

namespace AniSora.Data.Pipeline;

/// <summary>The decoded frames of one shot at one size, from which clips are cut: a tensor in a frame shard.</summary>
/// <param name="SequenceId">Unique: source, shot and size, such as <c>fluent-emoji/1f3c3.webp#0@64x64</c>. Also the tensor's name.</param>
/// <param name="SourceId">The source.</param>
/// <param name="Shot">The shot's number in it.</param>
/// <param name="Shard">The shard file, as a path below the data set's folder.</param>
/// <param name="Offset">The tensor's first byte in the shard.</param>
/// <param name="ByteLength">Its length: Frames · Height · Width · 4.</param>
/// <param name="Frames">Frames, uint8 <c>[Frames, Height, Width, 4]</c> with straight alpha.</param>
/// <param name="Height">H.</param>
/// <param name="Width">W.</param>
/// <param name="Fps">Frames per second.</param>
/// <param name="Opaque">Every alpha is 255: the foreground is not known from it.</param>
/// <param name="Problem">Why there are no frames, in one line; then Frames is 0 and there is no tensor. Empty otherwise.</param>
/// <param name="ContentHash">Perceptual hash of its frames, 64 bits: small Hamming distance = looks alike.</param>
/// <param name="Descriptor">Features of look and motion, 64 bytes in hexadecimal (<see cref="SequenceDescriptor"/>); empty without frames.</param>
public sealed record SequenceRow(
    string SequenceId, string SourceId, int Shot, string Shard, long Offset, long ByteLength, int Frames, int Height, int Width, double Fps,
    bool Opaque, string Problem, long ContentHash, string Descriptor) : ITableRow
{
    /// <inheritdoc/>
    public static string TableName => "sequences";
    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}
