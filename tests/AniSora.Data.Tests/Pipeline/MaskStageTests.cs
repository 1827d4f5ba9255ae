using System.Security.Cryptography;
using AniSora.Data.Pipeline;
using AniSora.Data.Pipeline.Scoring;
using AniSora.Kernels;
using AniSora.Tests;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace AniSora.Data.Tests.Pipeline;

public sealed class MaskStageTests : IDisposable
{
    // A width that does not fill whole bytes.
    private const int Width = 90, Height = 60;

    private readonly PlantedShard _planted = new();

    public void Dispose() => _planted.Dispose();

    private static IngestConfig Config(MaskConfig? masks = null) => new()
    {
        Clips = new ClipConfig { Buckets = [new ClipBucket(9, Height, Width, 8)], MinSeconds = 0.5, Trim = 0 },
        Masks = masks ?? new MaskConfig(),
    };

    // A textured square that moves over a textured ground, or over nothing.
    private static byte[] Square(int left, int top, bool ground, int shift = 0)
    {
        var rgba = new byte[4 * Width * Height];
        for (int y = 0, p = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++, p += 4)
            {
                bool inside = x >= left && x < left + 20 && y >= top && y < top + 20;
                int u = inside ? x - left : x + shift, v = inside ? y - top : y;
                double grey = inside ? 150 + 60 * Math.Sin(0.9 * u) * Math.Sin(0.7 * v) : 100 + 35 * Math.Sin(0.21 * u + 0.06 * v) + 35 * Math.Sin(0.29 * v - 0.05 * u);
                (rgba[p], rgba[p + 1], rgba[p + 2], rgba[p + 3]) = ((byte)grey, (byte)(grey / 2), (byte)(inside ? 10 : grey), (byte)(inside || ground ? 255 : 0));
            }
        }
        return rgba;
    }

    private (MaskRow Row, byte[] Mask) MaskOf(IngestConfig config, string id)
    {
        var (pipeline, shard) = _planted.Run(config, "masks");
        var sequence = pipeline.Sequences.Rows(shard).Single(s => s.SourceId == id);
        var row = pipeline.Masks.Rows(shard).Single(m => m.SequenceId == sequence.SequenceId);
        if (row.Shard.Length == 0)
            return (row, []);
        using var file = SafeTensorsFile.Open(_planted.Folder.Resolve(row.Shard));
        var bits = file.Bytes(row.Tensor);
        int stride = BitMask.Stride(Width);
        Assert.Equal(sequence.Frames * Height * stride, bits.Length);
        var mask = new byte[sequence.Frames * Height * Width];
        for (int i = 0; i < mask.Length; i++)
            mask[i] = (byte)(bits[i / Width * stride + i % Width / 8] >> (7 - i % Width % 8) & 1);
        return (row, mask);
    }

    private static double Iou(ReadOnlySpan<byte> mask, byte[] expected)
    {
        int both = 0, either = 0;
        for (int i = 0; i < mask.Length; i++)
        {
            both += mask[i] != 0 && expected[i] != 0 ? 1 : 0;
            either += mask[i] != 0 || expected[i] != 0 ? 1 : 0;
        }
        return (double)both / either;
    }

    [Fact]
    public void AlphaIsTheMaskItself()
    {
        _planted.Add("sprite", [.. Enumerable.Range(0, 9).Select(t => Square(5 * t, 10, ground: false))], Width, Height);
        var (row, _) = MaskOf(Config(), "sprite");
        Assert.Equal(("alpha", "", ""), (row.Origin, row.Shard, row.Tensor));
        Assert.Equal(400.0 / (Width * Height), row.Cover, 9);
        Assert.Equal(60.0 * 20 / (Width * Height), row.UnionCover, 9);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void WhatMovesBesidesTheCameraIsFound(int camera)
    {
        _planted.Add("film", [.. Enumerable.Range(0, 12).Select(t => Square(10 + 3 * t, 20, ground: true, camera * t))], Width, Height);
        var (row, mask) = MaskOf(Config(), "film");
        Assert.Equal("flow", row.Origin);
        Assert.StartsWith("masks/", row.Shard);
        double[] overlaps = [.. Enumerable.Range(0, 12).Select(t => Iou(mask.AsSpan(t * Width * Height, Width * Height), new BoxShape(10 + 3 * t, 20, 20, 20).Rasterise(Width, Height)))];
        // At the ends there is one side only to compare with.
        Assert.True(overlaps.Min() > 0.7 && overlaps.Average() > 0.9, string.Join(' ', overlaps.Select(o => $"{o:0.00}")));
        Assert.InRange(row.Cover, 0.05, 0.12);
        Assert.True(row.UnionCover > 1.8 * row.Cover);
    }

    [Fact]
    public void AStillFilmHasAnEmptyMask()
    {
        _planted.Add("film", [.. Enumerable.Range(0, 9).Select(_ => Square(30, 20, ground: true))], Width, Height);
        var (row, mask) = MaskOf(Config(), "film");
        Assert.Equal((0, 0), (row.Cover, row.UnionCover));
        Assert.DoesNotContain((byte)1, mask);
    }

    [Fact]
    public void ASegmenterTakesTheFlowsPlace()
    {
        using var folder = new TemporaryFolder();
        byte[] model = new TinyModel().Input("x", TensorElementType.Float, 1, 3, Width, Width).Output("y", TensorElementType.Float, 1, 1, Width, Width)
            .Weight("w", [0f, 0, -1], 1, 3, 1, 1).Node("Conv", ["x", "w"], "y").ToBytes();
        File.WriteAllBytes(folder["model.onnx"], model);
        // Blue below 18 is the square.
        File.WriteAllText(folder["manifest.json"], $$"""
            {"name": "not-blue", "licence": "MIT", "model": "model.onnx", "files": {"model.onnx": "{{Convert.ToHexStringLower(SHA256.HashData(model))}}"},
             "input": {"width": {{Width}}, "height": {{Width}}}, "scale": 10, "offset": 1.2 }
            """);
        _planted.Add("film", [.. Enumerable.Range(0, 9).Select(t => Square(10 + t / 4 * 20, 20, ground: true))], Width, Height);
        var (row, mask) = MaskOf(Config(new MaskConfig { Segmenter = folder["manifest.json"], SegmenterStep = 4 }), "film");
        Assert.Equal("not-blue", row.Origin);
        // Frames 0, 4 and 8 are looked at; those between take the nearest one's.
        foreach (int t in new[] { 0, 1, 4, 5, 8 })
            Assert.True(Iou(mask.AsSpan(t * Width * Height, Width * Height), new BoxShape(10 + t / 4 * 20, 20, 20, 20).Rasterise(Width, Height)) > 0.9, $"frame {t}");
    }

    [Fact]
    public void WhatIsStoredIsWhatTheFrameStoreReads()
    {
        _planted.Add("film", [.. Enumerable.Range(0, 12).Select(t => Square(10 + 3 * t, 20, ground: true))], Width, Height);
        var (row, mask) = MaskOf(Config(), "film");
        using var store = new FrameStore(_planted.Folder.Root);
        var clip = new ClipRow
        {
            MaskShard = row.Shard,
            MaskTensor = row.Tensor,
            Frames = 5,
            Height = Height,
            Width = Width,
            SequenceFrames = 12,
            FirstFrame = 3,
            FrameStep = 2,
            ClipId = "",
            Source = "",
            Licence = "",
            Sequence = "",
            BaseSequence = "",
            Label = "",
            Direction = "",
            Subject = "",
            Colour = "",
            Caption = "",
            Fps = 4,
            MotionScore = 0,
            Split = "",
            Background = "",
            Mirrorable = false,
            Shard = "",
            Tensor = "",
            Offset = 0,
            ByteLength = 0,
            Checksum = "",
        };
        var read = new byte[5 * Width * Height];
        store.ReadMask(clip, read);
        for (int t = 0; t < 5; t++)
            Assert.Equal(mask.AsSpan((3 + 2 * t) * Width * Height, Width * Height).ToArray().Select(m => (byte)-m), read.AsSpan(t * Width * Height, Width * Height).ToArray());
    }

    [Fact]
    public void MaskSettingsOutOfRangeAreNamed() =>
        Assert.Contains("masks.fps is 0", Assert.Throws<InputException>(() => new IngestPipeline(Config(new MaskConfig { Fps = 0 }))).Message);
}
