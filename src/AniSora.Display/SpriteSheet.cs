using System.Security.Cryptography;
using AniSora.Pictures;

namespace AniSora.Display;

/// <summary>
/// All frames of a short video in one lossless PNG: frame t sits at column t mod <see cref="Columns"/>, row t / <see cref="Columns"/>.
/// Drawn to canvases, clips step exactly together and pixel for pixel, which video codecs and their clocks do not promise.
/// </summary>
public sealed class SpriteSheet
{
    // Browsers refuse images beyond about 16k pixels on a side; stay well below.
    private const int MaximumSide = 8192;

    private SpriteSheet(string id, byte[] png, int columns, VideoFrames video) => (Id, PngBytes, Columns, Video) = (id, png, columns, video);

    /// <summary>Name made from the contents: equal videos share one sheet.</summary>
    public string Id { get; }

    /// <summary>The PNG file.</summary>
    public byte[] PngBytes { get; }

    /// <summary>Frames per row of the sheet.</summary>
    public int Columns { get; }

    /// <summary>What was packed.</summary>
    public VideoFrames Video { get; }

    /// <summary>The PNG as a <c>data:</c> address.</summary>
    public string DataUri => "data:image/png;base64," + Convert.ToBase64String(PngBytes);

    /// <summary>Packs a video.</summary>
    /// <param name="video">Short: at most what fits 8192×8192 pixels.</param>
    /// <param name="columns">Frames per row of the sheet; chosen when null. A sheet that is shown as it is where no script runs wants a row or a block.</param>
    /// <exception cref="ArgumentException">The video is too large for one sheet.</exception>
    public static SpriteSheet Of(VideoFrames video, int? columns = null)
    {
        ArgumentNullException.ThrowIfNull(video);
        // One tall column where it fits: then a still background repeats at a distance inside deflate's 32 KiB window.
        int rows = Math.Min(video.Frames, Math.Max(1, MaximumSide / video.Height));
        if (columns is { } wanted)
            rows = (video.Frames + wanted - 1) / wanted;
        int across = (video.Frames + rows - 1) / rows;
        if (across * video.Width > MaximumSide || rows * video.Height > MaximumSide)
            throw new ArgumentException($"{video.Frames} frames of {video.Width}×{video.Height} do not fit one {MaximumSide}×{MaximumSide} sheet; show fewer or smaller frames", nameof(video));
        rows = (video.Frames + across - 1) / across;

        int stride = video.Width * video.Channels;
        var pixels = new byte[across * stride * rows * video.Height];
        if (columns is not null && video.Channels == 3)
            Array.Fill(pixels, (byte)255); // a sheet that is shown ends in white, not in black frames
        for (int t = 0; t < video.Frames; t++)
        {
            int left = t % across * stride, top = t / across * video.Height;
            for (int y = 0; y < video.Height; y++)
                video.Frame(t).Slice(y * stride, stride).CopyTo(pixels.AsSpan((top + y) * across * stride + left));
        }
        byte[] png = Png.Encode(pixels, across * video.Width, rows * video.Height, video.Channels);
        return new SpriteSheet("s" + Convert.ToHexStringLower(SHA256.HashData(png))[..12], png, across, video);
    }
}
