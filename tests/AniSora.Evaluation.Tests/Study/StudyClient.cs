using System.Net;
using System.Text.RegularExpressions;
using AniSora.Evaluation.Study;

namespace AniSora.Evaluation.Tests.Study;

/// <summary>A rater without a browser.</summary>
public sealed partial class StudyClient(HttpClient http, string link)
{
    public string? Cookie { get; set; }

    /// <summary>The personal links of a study.</summary>
    public static string[] Links(string study) => [.. File.ReadAllLines(StudyFolder.Links(study)).Skip(1).Select(line => line.Split(',')[1])];

    public static HttpClient Http(string address) => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, MaxConnectionsPerServer = 256 }) { BaseAddress = new Uri(address), Timeout = TimeSpan.FromMinutes(5) };

    public async Task<HttpResponseMessage> EnterAsync()
    {
        var response = await http.GetAsync(link);
        Cookie = response.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies.Single().Split(';')[0] : null;
        return response;
    }

    public Task<HttpResponseMessage> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

    public async Task<string> PageAsync(string path = "/?begin")
    {
        using var response = await GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }

    public Task<HttpResponseMessage> RateAsync(IEnumerable<KeyValuePair<string, string>> form, string? from = "same-origin")
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/rate") { Content = new FormUrlEncodedContent(form) };
        if (from is not null)
            request.Headers.Add("Sec-Fetch-Site", from);
        return SendAsync(request);
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
    {
        if (Cookie is not null)
            request.Headers.Add("Cookie", Cookie);
        return http.SendAsync(request);
    }

    /// <summary>A page's form, filled in; null if the page has none.</summary>
    public static Dictionary<string, string>? Form(string page, Func<string, int> value)
    {
        var form = Hidden().Matches(page).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);
        if (form.Count == 0)
            return null;
        foreach (string axis in Radio().Matches(page).Select(m => m.Groups[1].Value).Distinct())
            form[axis] = $"{value(axis)}";
        return form;
    }

    /// <summary>The files that a page shows or loads ahead.</summary>
    public static string[] Files(string page) => [.. Source().Matches(page).Select(m => m.Groups[1].Value)];

    [GeneratedRegex("<input type=\"hidden\" name=\"(\\w+)\" value=\"(\\w*)\">")]
    private static partial Regex Hidden();

    [GeneratedRegex("<input type=\"radio\" name=\"(\\w+)\"")]
    private static partial Regex Radio();

    [GeneratedRegex("src=\"(/media/[^\"]+)\"")]
    private static partial Regex Source();
}
