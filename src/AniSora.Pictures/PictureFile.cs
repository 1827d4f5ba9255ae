using System.Buffers.Binary;
using System.Reflection;
using System.Runtime.InteropServices;
using SkiaSharp;

namespace AniSora.Pictures;

/// <summary>A PNG, JPEG, WebP, BMP or GIF file, read by Skia: its size is known before anything is decoded. Not thread-safe.</summary>
public sealed class PictureFile : IDisposable
{
    /// <summary>Pixels of the largest picture that is decoded: 8192².</summary>
    public const long MostPixels = 8192L * 8192;

    private readonly SKCodec _codec;
    private readonly SKEncodedOrigin _origin;
    private readonly bool _hasProfile;

    private PictureFile(SKCodec codec, ReadOnlySpan<byte> file, int? orientation)
    {
        _codec = codec;
        Format = codec.EncodedFormat.ToString().ToLowerInvariant();
        bool png = Format == "png";
        // Skia knows a JPEG's and a WebP's orientation, and passes over a PNG's. It takes a PNG's gamma for a profile, which no other program does.
        _origin = orientation is { } given ? (SKEncodedOrigin)given : png ? (SKEncodedOrigin)TiffTags.OrientationOf(Chunk(file, "eXIf"u8)) : codec.EncodedOrigin;
        _hasProfile = codec.Info.ColorSpace is { IsSrgb: false } && (!png || Chunk(file, "iCCP"u8).Length > 0);
    }

    /// <summary>SkiaSharp's version and that of its library, which is loaded: <c>4.155.0 (library 155.0)</c>.</summary>
    /// <exception cref="DllNotFoundException">The library cannot be loaded.</exception>
    /// <exception cref="InvalidOperationException">It is another version's.</exception>
    public static string SkiaVersion
    {
        get
        {
            SkiaSharpVersion.CheckNativeLibraryCompatible(throwIfIncompatible: true);
            return $"{typeof(SKCodec).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+', '-')[0]} (library {SkiaSharpVersion.Native})";
        }
    }

    /// <summary><c>png</c>, <c>jpeg</c>, <c>webp</c>, <c>bmp</c> or <c>gif</c>.</summary>
    public string Format { get; }

    /// <summary>W in pixels of the picture, upright.</summary>
    public int Width => Turned ? _codec.Info.Height : _codec.Info.Width;

    /// <summary>H in pixels.</summary>
    public int Height => Turned ? _codec.Info.Width : _codec.Info.Height;

    /// <summary>Whether pixels can be transparent.</summary>
    public bool HasAlpha => _codec.Info.AlphaType != SKAlphaType.Opaque;

    // Orientations 5 … 8 lie on their side.
    private bool Turned => _origin >= SKEncodedOrigin.LeftTop;

    /// <summary>Opens a file; nothing is decoded.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="orientation">Which way up it is stored, 1 … 8 as in Exif, where that is known from elsewhere; null for what the file says.</param>
    /// <returns>Null if it is of another kind, or damaged in its header.</returns>
    public static PictureFile? TryOpen(ReadOnlySpan<byte> file, int? orientation = null)
    {
        // Skia can read more kinds; nothing from outside gets to those decoders.
        bool known = file.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']) || file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])
            || file.StartsWith("GIF8"u8) || file.StartsWith("BM"u8) || (file.Length > 12 && file.StartsWith("RIFF"u8) && file[8..12].SequenceEqual("WEBP"u8));
        if (!known)
            return null;
        using var data = SKData.CreateCopy(file);
        return SKCodec.Create(data) is { } codec ? new PictureFile(codec, file, orientation) : null;
    }

    /// <summary>Decodes the picture, of an animation the first frame, upright and in sRGB.</summary>
    /// <param name="memory">Is used for the result where it has the right length: fresh memory costs a third of decoding.</param>
    /// <returns><c>[H, W, 4]</c>, straight alpha.</returns>
    /// <exception cref="InvalidDataException">It is damaged, or larger than <see cref="MostPixels"/>; the message says which.</exception>
    public unsafe byte[] Decode(byte[]? memory = null)
    {
        var (width, height) = (_codec.Info.Width, _codec.Info.Height);
        if ((long)width * height > MostPixels)
            throw new InvalidDataException($"is {Width}×{Height} pixels, more than the {MostPixels >> 20} megapixels accepted");
        var info = new SKImageInfo(width, height, SKColorType.Rgba8888, HasAlpha ? SKAlphaType.Unpremul : SKAlphaType.Opaque, _hasProfile ? SKColorSpace.CreateSrgb() : null);
        byte[] rgba = memory?.Length == info.BytesSize ? memory : GC.AllocateUninitializedArray<byte>(info.BytesSize);
        SKCodecResult result;
        fixed (byte* pixels = rgba)
            result = _codec.GetPixels(info, (nint)pixels);
        return result == SKCodecResult.Success ? Upright(rgba) : throw new InvalidDataException(result == SKCodecResult.IncompleteInput ? "breaks off" : "is damaged");
    }

    /// <inheritdoc/>
    public void Dispose() => _codec.Dispose();

    private byte[] Upright(byte[] rgba)
    {
        if (_origin == SKEncodedOrigin.TopLeft)
            return rgba;
        var result = new byte[rgba.Length];
        var from = MemoryMarshal.Cast<byte, uint>(rgba);
        var to = MemoryMarshal.Cast<byte, uint>(result.AsSpan());
        int width = _codec.Info.Width, height = _codec.Info.Height;
        bool mirrored = _origin is SKEncodedOrigin.TopRight or SKEncodedOrigin.BottomRight or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        bool upended = _origin is SKEncodedOrigin.BottomRight or SKEncodedOrigin.BottomLeft or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom;
        for (int y = 0, i = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++, i++)
            {
                var (column, row) = Turned ? (y, x) : (x, y);
                to[i] = from[(upended ? height - 1 - row : row) * width + (mirrored ? width - 1 - column : column)];
            }
        }
        return result;
    }

    // The content of a PNG's first chunk of a type; empty if there is none.
    private static ReadOnlySpan<byte> Chunk(ReadOnlySpan<byte> png, ReadOnlySpan<byte> type)
    {
        const int signature = 8, frame = 12;
        for (long at = signature; at + frame <= png.Length;)
        {
            long size = BinaryPrimitives.ReadUInt32BigEndian(png[(int)at..]);
            if (png.Slice((int)at + 4, 4).SequenceEqual(type))
                return size <= png.Length - at - frame ? png.Slice((int)at + 8, (int)size) : [];
            at += frame + size;
        }
        return [];
    }
}
