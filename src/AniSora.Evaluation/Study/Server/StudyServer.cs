using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace AniSora.Evaluation.Study;

/// <summary>The web server of a study. It reads nothing from the environment or from files besides the study.</summary>
public sealed class StudyServer : IAsyncDisposable
{
    private const int LargestRequest = 16 << 10;

    private readonly StudyDatabase _database;
    private readonly WebApplication _app;

    private StudyServer(StudyDatabase database, WebApplication app) => (_database, _app) = (database, app);

    /// <summary>Where it listens, such as <c>http://127.0.0.1:8080</c>.</summary>
    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Starts it.</summary>
    /// <param name="study">The study's folder.</param>
    /// <param name="listen">The address to listen at; only this machine can reach the loopback's.</param>
    /// <param name="port">0 for any that is free.</param>
    /// <param name="complain">Hears of requests that failed, in one line each.</param>
    /// <param name="cancellation">Stops the start.</param>
    /// <exception cref="InputException">There is no such study, or the address cannot be had.</exception>
    public static async Task<StudyServer> StartAsync(string study, IPAddress listen, int port, Action<string>? complain = null, CancellationToken cancellation = default)
    {
        var database = StudyDatabase.Open(study);
        WebApplication? app = null;
        try
        {
            var site = new StudySite(database, StudyFolder.Media(Path.GetFullPath(study)));
            var builder = WebApplication.CreateEmptyBuilder(new());
            builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = LargestRequest;
                kestrel.Limits.MaxRequestHeadersTotalSize = LargestRequest;
                kestrel.Limits.MaxRequestLineSize = 2048;
                kestrel.Limits.MaxConcurrentConnections = 4096;
                kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
                kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(240, TimeSpan.FromSeconds(5));
                kestrel.Listen(listen, port);
            });
            builder.Services.AddRoutingCore();
            builder.Services.AddRateLimiter(site.Limit);
            app = builder.Build();
            app.Use(StudySecurity.AddHeaders);
            app.Use((context, next) => Guard(context, next, complain));
            app.UseRateLimiter();
            site.Map(app);
            await app.StartAsync(cancellation).ConfigureAwait(false);
            return new(database, app);
        }
        catch (Exception e)
        {
            if (app is not null)
                await app.DisposeAsync().ConfigureAwait(false);
            database.Dispose();
            if (e is IOException or System.Net.Sockets.SocketException)
                throw new InputException($"{listen}:{port}: cannot listen there ({e.Message}); choose another --port or --listen", e);
            throw;
        }
    }

    /// <summary>A request that fails, as on a full disk, was not stored, and its rater is told so.</summary>
    private static async Task Guard(HttpContext context, RequestDelegate next, Action<string>? complain)
    {
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (OperationCanceledException or Microsoft.AspNetCore.Http.BadHttpRequestException) && !context.Response.HasStarted)
        {
            complain?.Invoke($"{context.Request.Method} {context.Request.Path}: {e.Message.ReplaceLineEndings(" ")}");
            await StudySite.Page(context, StatusCodes.Status500InternalServerError, StudyPages.Notice("Something went wrong", "Your answer may not be stored. Go back and try again.")).ConfigureAwait(false);
        }
    }

    /// <summary>Answers what has come, then stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        _database.Dispose();
    }
}
