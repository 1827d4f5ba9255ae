using System.Globalization;
using System.Security.Cryptography;
using System.Threading.RateLimiting;
using AniSora.Display;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;

namespace AniSora.Evaluation.Study;

/// <summary>
/// The addresses of a study: <c>/r/TOKEN</c> (the personal link, which leaves a cookie), <c>/</c> (what there is to do next), <c>/rate</c>
/// (takes an answer), <c>/media/NAME</c>.
/// </summary>
internal sealed class StudySite
{
    private const int TokenLength = 32, LongestMinutes = 60;

    private readonly StudyDatabase _database;
    private readonly string _media, _cookie;
    private readonly IReadOnlyDictionary<string, int> _raters;
    private readonly IReadOnlySet<string> _files;
    private readonly byte[] _secret;

    public StudySite(StudyDatabase database, string media)
    {
        (_database, _media, _raters, _files, _secret) = (database, media, database.RatersByDigest(), database.Files(), database.Info().Secret);
        // Cookies know no ports: two studies on one machine must not take each other's.
        _cookie = "rater-" + Convert.ToHexStringLower(SHA256.HashData(_secret).AsSpan(0, 4));
        foreach (string file in _files.Where(f => !File.Exists(Path.Combine(_media, f))))
            throw new InputException($"{Path.Combine(_media, file)}: is missing; restore it from a copy of the study");
    }

    /// <summary>
    /// Raters have a limit each, which nobody meets by rating; all else that comes from one address has a narrow one together, so that links
    /// cannot be tried out and strangers cannot keep raters waiting.
    /// </summary>
    public void Limit(RateLimiterOptions options)
    {
        options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        options.OnRejected = (rejected, _) =>
        {
            rejected.HttpContext.Response.Headers.RetryAfter = "10";
            return ValueTask.CompletedTask;
        };
        options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => (Rater(context) ?? Linked(context)) is { } rater
            ? RateLimitPartition.GetTokenBucketLimiter($"rater {rater}", _ => Bucket(60, perSecond: 10))
            : RateLimitPartition.GetTokenBucketLimiter($"address {context.Connection.RemoteIpAddress}", _ => Bucket(30, perSecond: 1)));

        static TokenBucketRateLimiterOptions Bucket(int size, int perSecond) => new()
        {
            TokenLimit = size,
            TokensPerPeriod = perSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        };
    }

    /// <summary>Adds the addresses.</summary>
    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/r/{token}", Enter);
        app.MapGet("/", Show);
        app.MapPost("/rate", Rate);
        app.MapGet("/media/{name}", Media);
        app.MapGet("/study.css", context => Asset(context, "text/css", Palette.Sheet + Assets.Read("study.css")));
        app.MapGet("/study.js", context => Asset(context, "text/javascript", Assets.Read("study.js")));
        app.MapFallback(context => Page(context, StatusCodes.Status404NotFound, StudyPages.Notice("Nothing here", "Open your personal link again.")));
    }

    private Task Enter(HttpContext context)
    {
        if (Linked(context) is null)
            return Page(context, StatusCodes.Status404NotFound, StudyPages.Notice("This link is not known", "Copy the whole link from the message that you were sent."));
        context.Response.Cookies.Append(_cookie, (string)context.GetRouteValue("token")!, new CookieOptions
        {
            HttpOnly = true,
            // Not Strict: that cookie would not come along when the link is opened from a mail.
            SameSite = SameSiteMode.Lax,
            Secure = context.Request.IsHttps,
            MaxAge = TimeSpan.FromDays(60),
            IsEssential = true,
        });
        // The token leaves the address bar.
        return SeeOther(context);
    }

    private Task Show(HttpContext context)
    {
        if (Rater(context) is not { } rater)
            return Page(context, StatusCodes.Status401Unauthorized, StudyPages.Notice("Open your personal link", "Each rater has a link of their own; it brings you here."));
        var study = _database.Info();
        if (_database.Next(rater) is not { } trial)
            return Page(context, StatusCodes.Status200OK, StudyPages.Thanks(study));
        if (study.Closed is not null)
            return Page(context, StatusCodes.Status200OK, StudyPages.Closed());
        bool welcome = trial.Position == 0 && !context.Request.Query.ContainsKey("begin");
        return Page(context, StatusCodes.Status200OK, welcome ? StudyPages.Welcome(study, trial) : StudyPages.Trial(study, trial, StudySecurity.FormToken(_secret, rater)));
    }

    private async Task Rate(HttpContext context)
    {
        if (Rater(context) is not { } rater)
        {
            await Page(context, StatusCodes.Status401Unauthorized, StudyPages.Notice("Open your personal link", "Your answer was not stored.")).ConfigureAwait(false);
            return;
        }
        if (!context.Request.HasFormContentType)
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }
        IFormCollection form;
        try
        {
            form = await context.Request.ReadFormAsync(context.RequestAborted).ConfigureAwait(false);
        }
        catch (InvalidDataException)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }
        var study = _database.Info();
        if (!StudySecurity.IsOwnForm(context.Request, form, _secret, rater))
            await Page(context, StatusCodes.Status403Forbidden, StudyPages.Notice("Not from your page", "Your answer was not stored: it did not come from a page of yours. Open your personal link again.")).ConfigureAwait(false);
        else if (!int.TryParse(form["position"], NumberStyles.None, CultureInfo.InvariantCulture, out int position) || Answers(form, study) is not { } values)
            await Page(context, StatusCodes.Status400BadRequest, StudyPages.Notice("Please answer every line", "Your answer was not stored. Go back and choose on every line.")).ConfigureAwait(false);
        else
            await Stored(context, _database.Answer(rater, position, values, Milliseconds(form), DateTimeOffset.UtcNow)).ConfigureAwait(false);
    }

    /// <summary>Sent only when the answer is on the disk.</summary>
    private static Task Stored(HttpContext context, AnswerOutcome outcome) => outcome switch
    {
        AnswerOutcome.OutOfTurn => Page(context, StatusCodes.Status409Conflict, StudyPages.Notice("Another page comes first", "Your answer was not stored.")),
        AnswerOutcome.Closed => Page(context, StatusCodes.Status409Conflict, StudyPages.Closed()),
        _ => SeeOther(context),
    };

    /// <summary>The values of all axes and nothing else, or null.</summary>
    private static Dictionary<string, int>? Answers(IFormCollection form, StudyInfo study)
    {
        var (least, most) = study.Range;
        var values = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var axis in study.Axes)
        {
            if (!int.TryParse(form[axis.Key], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) || value < least || value > most)
                return null;
            values[axis.Key] = value;
        }
        return values;
    }

    private static long Milliseconds(IFormCollection form) =>
        long.TryParse(form["milliseconds"], NumberStyles.None, CultureInfo.InvariantCulture, out long time) ? Math.Min(time, LongestMinutes * 60_000L) : 0;

    private Task Media(HttpContext context)
    {
        // Only what the study has by this very name: no path is ever made from what was asked.
        string name = (string)context.GetRouteValue("name")!;
        if (Rater(context) is null || !_files.Contains(name))
            return Page(context, StatusCodes.Status404NotFound, StudyPages.Notice("Nothing here", "Open your personal link again."));
        context.Response.Headers.CacheControl = "private, max-age=604800, immutable";
        return Results.File(Path.Combine(_media, name), name.EndsWith(".png", StringComparison.Ordinal) ? "image/png" : "video/mp4", enableRangeProcessing: true).ExecuteAsync(context);
    }

    /// <summary>Who asks, by cookie.</summary>
    private int? Rater(HttpContext context) => Find(context.Request.Cookies[_cookie]);

    /// <summary>Whose link is being opened.</summary>
    private int? Linked(HttpContext context) => context.Request.Path.Value is { } path && path.StartsWith("/r/", StringComparison.Ordinal) ? Find(path[3..]) : null;

    private int? Find(string? token) =>
        token is { Length: TokenLength } && _raters.TryGetValue(Convert.ToHexString(StudyBuilder.DigestOf(token)), out int rater) ? rater : null;

    private static Task SeeOther(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = "/";
        return Task.CompletedTask;
    }

    /// <summary>Sends a page.</summary>
    public static Task Page(HttpContext context, int status, Html page)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(page.ToString(), context.RequestAborted);
    }

    private static Task Asset(HttpContext context, string type, string text)
    {
        context.Response.ContentType = type + "; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
