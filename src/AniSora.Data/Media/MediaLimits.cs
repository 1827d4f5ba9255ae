namespace AniSora.Data;

/// <summary>What a media file from outside may cost at most.</summary>
public static class MediaLimits
{
    /// <summary>Pixels in one picture: 8192².</summary>
    public const long Pixels = Pictures.PictureFile.MostPixels;
    /// <summary>Pixels of an animated picture's canvas: 4096²; a decoder holds three of them.</summary>
    public const long CanvasPixels = 4096L * 4096;
    /// <summary>Frames of an animated picture, or rectangles of a sheet.</summary>
    public const int AnimationFrames = 10_000;
    /// <summary>Pictures in a sequence of files: more than an hour at 24 a second.</summary>
    public const int SequencePictures = 100_000;
    /// <summary>Pixels of all of an animated picture's frames together: some minutes of decoding.</summary>
    public const long AnimationPixels = 1L << 35;
    /// <summary>Bytes of an image file: 64 MiB.</summary>
    public const long ImageBytes = 64L << 20;
    /// <summary>Bytes of a video file: 4 GiB.</summary>
    public const long VideoBytes = 4L << 30;
    /// <summary>Bytes of decoded frames held at once: 2 GiB.</summary>
    public const long DecodedBytes = int.MaxValue;
}
