namespace AniSora.Data.Pipeline;

/// <summary>What a film from outside may be and cost. <see cref="MediaLimits"/> has the limits on bytes and pixels.</summary>
internal static class FilmLimits
{
    /// <summary>Longest film in seconds: 12 hours.</summary>
    public const double Seconds = 12 * 3600;

    /// <summary>Most pictures in a film: 12 hours at 60 a second.</summary>
    public const int Frames = 12 * 3600 * 60;

    /// <summary>ffmpeg is stopped if it delivers nothing for so long although it is asked to.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Containers that hold what they play. Everything else that ffmpeg opens (playlists, concat scripts, session descriptions, devices,
    /// generators, numbered pictures) can name further files or addresses, so it is refused.
    /// </summary>
    private const string Containers =
        "mov,mp4,matroska,webm,avi,mpeg,mpegvideo,mpegts,flv,asf,ogg,gif,apng,nut,mxf,rm,ivf,dv,h264,hevc,m4v,mjpeg,vc1,obu,yuv4mpegpipe,roq,smk,bink," +
        "film_cpk,flic,swf,wtv,nsv,nuv,gxf,4xm,idcin,wsvqa,pva,vivo,cavsvideo,wav,mp3,flac,aac,ac3,aiff,caf";

    /// <summary>Options in front of <c>-i</c> that hold ffmpeg and ffprobe to local files, known containers and pictures of a bounded size.</summary>
    public static string[] InputOptions { get; } =
    [
        "-protocol_whitelist", "file,pipe", "-format_whitelist", Containers,
        "-max_pixels", MediaLimits.Pixels.ToString(System.Globalization.CultureInfo.InvariantCulture),
    ];

    /// <summary>A file's name as ffmpeg takes it literally: no pattern, no option, no protocol.</summary>
    public static string Literal(string path) => "file:" + Path.GetFullPath(path);
}
