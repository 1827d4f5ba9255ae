using AniSora.Kernels;

namespace AniSora.Data.Tests;

public class FloFileTests
{
    [Fact]
    public void WhatWasWrittenIsRead()
    {
        using var folder = new TemporaryFolder();
        var field = new FlowField(3, 2, [1, 2, 3, -4, 5.5f, 6], [0, -1, 1e9f, 2, 0.25f, 7]);
        FloFile.Write(folder["a.flo"], field);
        byte[] bytes = File.ReadAllBytes(folder["a.flo"]);
        Assert.Equal("PIEH"u8, bytes.AsSpan(0, 4));
        Assert.Equal([3, 0, 0, 0, 2, 0, 0, 0], bytes[4..12]);
        Assert.Equal(12 + 3 * 2 * 8, bytes.Length);
        var read = FloFile.Read(folder["a.flo"]);
        Assert.Equal((3, 2), (read.Width, read.Height));
        Assert.Equal(field.U, read.U);
        Assert.Equal(field.V, read.V);
    }

    [Fact]
    public void DamagedFilesAreRefused()
    {
        using var folder = new TemporaryFolder();
        FloFile.Write(folder["a.flo"], new FlowField(3, 2, new float[6], new float[6]));
        byte[] whole = File.ReadAllBytes(folder["a.flo"]);
        foreach (byte[] bytes in (byte[][])[[], whole[..11], whole[..^1], [.. whole, 0], [1, .. whole[1..]], [.. whole[..4], 255, 255, 255, 255, .. whole[8..]]])
        {
            File.WriteAllBytes(folder["b.flo"], bytes);
            Assert.Contains("b.flo", Assert.Throws<InputException>(() => FloFile.Read(folder["b.flo"])).Message, StringComparison.Ordinal);
        }

        Assert.Throws<InputException>(() => FloFile.Read(folder["none.flo"]));
    }

    [Fact]
    public void TheWheelIsMiddleburys()
    {
        // To the left: cyan-blue side; to the right: red; no motion: white; beyond full scale: darker.
        var field = new FlowField(5, 1, [1, 0, 0, -1, 2], [0, 1, 0, 0, 0]);
        byte[] rgb = FlowColours.Paint(field, 1);
        Assert.Equal([255, 0, 0], rgb[..3]);
        Assert.Equal([255, 255, 255], rgb[6..9]);
        Assert.True(rgb[3] > 200 && rgb[4] > 200 && rgb[5] < 60, "downwards is yellow");
        Assert.True(rgb[9] < 60 && rgb[11] > 200, "to the left is blue");
        Assert.Equal([191, 0, 0], rgb[12..15]);
        Assert.Equal([255, 255, 255], FlowColours.Paint(new FlowField(1, 1, [0], [0])));
    }
}
