using AniSora.Data;

namespace AniSora.Tests;

/// <summary>A small data set on disk, made through the same writers as a real one: bright discs that cross the picture.</summary>
public sealed class SmallDataset : IDisposable
{
    private readonly int _frames, _height, _width;

    private static readonly (string Name, string Label, string Direction, int Dx, int Dy, string Split)[] s_sequences =
    [
        ("a", "running", "e", 2, 0, "train"),
        ("b", "running", "s", 0, 2, "train"),
        ("c", "walking", "se", 1, 1, "train"),
        ("d", "walking", "w", -1, 0, "train"),
        ("e", "running", "n", 0, -1, "test"),
        ("f", "walking", "sw", -1, 1, "test"),
    ];

    public SmallDataset()
        : this(17, 64, 64, 16)
    {
    }

    private SmallDataset(int frames, int height, int width, double fps)
    {
        (_frames, _height, _width) = (frames, height, width);
        Folder = Directory.CreateTempSubdirectory("anisora-data").FullName;
        string shard = Path.Combine(Folder, "frames-0.safetensors");
        var tensors = s_sequences.Select(s => new RawTensor(s.Name, "U8", [frames, height, width, 4], Disc(s.Dx, s.Dy))).ToList();
        SafeTensorsFile.SaveRaw(shard, tensors);
        using var file = SafeTensorsFile.Open(shard);
        ClipIndex.Write(Path.Combine(Folder, ClipIndex.FileName), s_sequences.Select((s, i) => new ClipRow
        {
            ClipId = $"{s.Name}-0000",
            Source = "synthetic",
            Licence = "none",
            Sequence = s.Name,
            BaseSequence = s.Name,
            Label = s.Label,
            Direction = s.Direction,
            Subject = "footballer",
            Colour = "red",
            Caption = $"a footballer in a red shirt {(s.Label == "running" ? "runs" : "walks")} to the {"north"}",
            Frames = frames,
            Height = height,
            Width = width,
            Fps = fps,
            MotionScore = 1,
            Split = s.Split,
            Background = Backgrounds.Random((ulong)i).ToString(),
            Mirrorable = true,
            Shard = "frames-0.safetensors",
            Tensor = s.Name,
            Offset = file.Entry(s.Name).Offset,
            ByteLength = frames * height * width * 4,
            FirstFrame = 0,
            FrameStep = 1,
            SequenceFrames = frames,
            Checksum = FrameStore.Checksum(file.Bytes(s.Name)),
        }));
    }

    public string Folder { get; }

    /// <summary>Clips that are neither square nor of the usual length and rate: 9 × 96 × 64 at 12 frames per second.</summary>
    public static SmallDataset Portrait() => new(9, 96, 64, 12);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private byte[] Disc(int dx, int dy)
    {
        var rgba = new byte[_frames * _height * _width * 4];
        for (int t = 0; t < _frames; t++)
        {
            for (int y = 0; y < _height; y++)
            {
                for (int x = 0; x < _width; x++)
                {
                    double u = x - _width / 2.0 - dx * (t - _frames / 2), v = y - _height / 2.0 - dy * (t - _frames / 2);
                    if (u * u + v * v > 100)
                        continue;
                    int at = ((t * _height + y) * _width + x) * 4;
                    (rgba[at], rgba[at + 1], rgba[at + 2], rgba[at + 3]) = ((byte)(200 + u * 4), (byte)(60 + v * 4), 40, 255);
                }
            }
        }
        return rgba;
    }
}
