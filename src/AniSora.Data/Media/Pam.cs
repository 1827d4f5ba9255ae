using System.Globalization;
using System.Text;

namespace AniSora.Data;

/// <summary>Reads the PAM pictures that ffmpeg is asked to emit: a text header with the size, then raw bytes. So sizes need no second process.</summary>
internal static class Pam
{
    /// <summary>Reads pictures until the stream ends.</summary>
    /// <param name="stream">ffmpeg's output.</param>
    /// <param name="channels">3 or 4.</param>
    /// <exception cref="InvalidDataException">The stream is not PAM, or ends inside a picture.</exception>
    public static IEnumerable<(int Width, int Height, byte[] Pixels)> Read(Stream stream, int channels)
    {
        using var buffered = new BufferedStream(stream, 1 << 16);
        while (true)
        {
            if (Line(buffered) is not { } magic)
                yield break;
            if (magic != "P7")
                throw new InvalidDataException("not a PAM picture");
            int width = 0, height = 0, depth = 0;
            for (string? line = Line(buffered); line != "ENDHDR"; line = Line(buffered))
            {
                string[] parts = (line ?? throw new InvalidDataException("the picture's header is cut off")).Split(' ');
                if (parts is [var name, var text] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
                    (width, height, depth) = name switch { "WIDTH" => (number, height, depth), "HEIGHT" => (width, number, depth), "DEPTH" => (width, height, number), _ => (width, height, depth) };
            }

            if (width < 1 || height < 1 || depth != channels || (long)width * height > MediaLimits.Pixels)
                throw new InvalidDataException($"a picture of {width}×{height}×{depth} is not accepted");
            var pixels = GC.AllocateUninitializedArray<byte>(width * height * channels);
            buffered.ReadExactly(pixels);
            yield return (width, height, pixels);
        }
    }

    private static string? Line(Stream stream)
    {
        var text = new StringBuilder();
        for (int value = stream.ReadByte(); value != '\n'; value = stream.ReadByte())
        {
            if (value < 0)
                return text.Length == 0 ? null : throw new InvalidDataException("the picture's header is cut off");
            if (text.Length > 200)
                throw new InvalidDataException("not a PAM picture");
            text.Append((char)value);
        }

        return text.ToString();
    }
}
