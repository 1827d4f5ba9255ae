using AniSora.Data;

namespace AniSora.Training.Tests.Training;

/// <summary>A small data set on disk, made through the same writers as a real one: bright discs that cross the picture.</summary>
public sealed class SmallDataset : IDisposable
{
    private const int Frames = 17, Side = 64;

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
    {
        Folder = Directory.CreateTempSubdirectory("anisora-data").FullName;
        string shard = Path.Combine(Folder, "frames-0.safetensors");
        var tensors = s_sequences.Select(s => new RawTensor(s.Name, "U8", [Frames, Side, Side, 4], Disc(s.Dx, s.Dy))).ToList();
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
            Pace = "",
            Caption = $"a footballer in a red shirt {(s.Label == "running" ? "runs" : "walks")} to the {"north"}",
            Frames = Frames,
            Height = Side,
            Width = Side,
            Fps = 16,
            MotionScore = 1,
            Split = s.Split,
            Background = Backgrounds.Random((ulong)i).ToString(),
            Mirrorable = true,
            Shard = "frames-0.safetensors",
            Tensor = s.Name,
            Offset = file.Entry(s.Name).Offset,
            ByteLength = Frames * Side * Side * 4,
            FirstFrame = 0,
            FrameStep = 1,
            SequenceFrames = Frames,
            Checksum = FrameStore.Checksum(file.Bytes(s.Name)),
            ToolVersion = "test",
        }));
    }

    public string Folder { get; }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static byte[] Disc(int dx, int dy)
    {
        var rgba = new byte[Frames * Side * Side * 4];
        for (int t = 0; t < Frames; t++)
        {
            for (int y = 0; y < Side; y++)
            {
                for (int x = 0; x < Side; x++)
                {
                    double u = x - 32 - dx * (t - 8), v = y - 32 - dy * (t - 8);
                    if (u * u + v * v > 100)
                        continue;
                    int at = ((t * Side + y) * Side + x) * 4;
                    (rgba[at], rgba[at + 1], rgba[at + 2], rgba[at + 3]) = ((byte)(200 + u * 4), (byte)(60 + v * 4), 40, 255);
                }
            }
        }
        return rgba;
    }
}
