using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace AniSora.Evaluation.Study;

/// <summary>What protects raters and their answers.</summary>
internal static class StudySecurity
{
    // Nothing but this server's own files, nothing inline, no frame around it.
    private const string Policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>Puts the same headers on every response, errors too.</summary>
    public static Task AddHeaders(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["X-Robots-Tag"] = "noindex";
        headers.CacheControl = "no-store";
        return next(context);
    }

    /// <summary>
    /// The token that a rater's forms carry. It follows from the study's secret and the rater, so pages stay valid when the server starts
    /// again, any number of them may be open, and it fits no other rater; ASP.NET's own needs a second cookie and a folder of keys for less.
    /// </summary>
    public static string FormToken(byte[] secret, int rater) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(FormattableString.Invariant($"form of rater {rater}"))));

    /// <summary>Whether a form was sent from one of this rater's own pages.</summary>
    public static bool IsOwnForm(HttpRequest request, IFormCollection form, byte[] secret, int rater)
    {
        // Browsers say where a request comes from, and pages cannot lie about it; what says nothing is no browser of these ten years.
        string origin = request.Headers["Sec-Fetch-Site"].ToString();
        return origin is "" or "same-origin"
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(form["token"].ToString()), Encoding.UTF8.GetBytes(FormToken(secret, rater)));
    }
}
