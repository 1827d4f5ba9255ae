namespace AniSora.Data;

public static partial class Media
{
    /// <summary>Decodes many picture files of one format and size: plain PNGs here, others together by one run of ffmpeg.</summary>
    /// <param name="files">PNG or JPEG files, in order.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>One picture per file, in order.</returns>
    /// <exception cref="InputException">A file is missing, not a picture, of another format or size than the first, or damaged.</exception>
    public static List<Picture> ReadPictures(IReadOnlyList<string> files, CancellationToken cancellation = default)
    {
        PictureHeader? common = null;
        var contents = new List<byte[]>(files.Count);
        foreach (string file in files)
        {
            byte[] bytes = ReadBytes(file, MediaLimits.ImageBytes);
            var header = PictureHeader.Read(bytes) ?? throw new InputException($"{file}: not a PNG or JPEG picture; give another");
            common ??= header;
            if (!header.DecodesLike(common))
                throw new InputException($"{file}: is {header.Codec} of {header.Width}×{header.Height}, the pictures before it {common.Codec} of {common.Width}×{common.Height}");
            contents.Add(bytes);
        }
        if (common is null)
            return [];

        if (Decoded(contents) is { } inProcess)
            return inProcess;

        string others = files.Count == 1 ? "" : $" and the {files.Count - 1} pictures after it";
        try
        {
            var pictures = DecodeStream(common.Demuxer, files.Count, stream => contents.ForEach(bytes => stream.Write(bytes)), cancellation);
            return pictures.Count == files.Count
                ? pictures
                : throw new InputException($"{files[0]}{others}: only {pictures.Count} can be decoded; one of them is damaged");
        }
        catch (Exception e) when (e is Ffmpeg.FailedException or InvalidDataException or EndOfStreamException)
        {
            throw new InputException($"{files[0]}{others}: {(files.Count == 1 ? "the picture" : "one")} cannot be decoded ({e.Message})", e);
        }
    }

    private static List<Picture>? Decoded(List<byte[]> files)
    {
        var pictures = new List<Picture>(files.Count);
        foreach (byte[] file in files)
        {
            if (PngDecoder.TryRead(file) is not { } picture)
                return null;
            pictures.Add(picture);
        }
        return pictures;
    }
}
