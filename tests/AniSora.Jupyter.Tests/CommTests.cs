using System.Text.Json.Nodes;
using AniSora.Jupyter.Wire;

namespace AniSora.Jupyter.Tests;

/// <summary>Channels between a page and the kernel.</summary>
[Collection(SharedKernelTests.Name)]
public sealed class CommTests(SharedKernel shared)
{
    private readonly KernelClient _client = shared.Client;

    [Fact]
    public void APageTalksWithACell()
    {
        string cell = _client.Begin("""
            CurrentNotebook.Value.AcceptComms("echo", (comm, first) =>
            {
                comm.Received += data => { Console.Write($"got {data["n"]}"); comm.Send(new System.Text.Json.Nodes.JsonObject { ["n"] = (int)data["n"] + 1 }); };
                comm.Closed += () => Console.Write("closed");
                comm.Send(first);
            });
            """);
        _client.Finish(cell).Ok();
        Open("c1", "echo", new JsonObject { ["hello"] = true });
        Assert.Equal("true", Message("c1").Text("data", "hello"));

        // Also while a cell runs: that is when a page is most asked for something.
        string busy = _client.Begin("Console.ReadLine()");
        _client.Await(Channel.Stdin, reply => reply.Type == "input_request" && reply.ParentId == busy);
        Say("c1", new JsonObject { ["n"] = 4 });
        Assert.Equal("5", Message("c1").Text("data", "n"));
        _client.Send(Channel.Stdin, "input_reply", new JsonObject { ["value"] = "" });
        _client.Finish(busy).Ok();
        // What a handler prints belongs to the cell that set it up.
        Assert.Equal("got 4", _client.AwaitPublished(reply => reply.Type == "stream" && reply.ParentId == cell).Text("text"));

        Assert.Equal("echo", _client.Ask("comm_info_request", new JsonObject { ["target_name"] = "echo" })["comms"]!["c1"]!["target_name"]!.GetValue<string>());
        _client.Send(Channel.Shell, "comm_close", new JsonObject { ["comm_id"] = "c1", ["data"] = new JsonObject() });
        Assert.Equal("closed", _client.AwaitPublished(reply => reply.Type == "stream" && reply.ParentId == cell).Text("text"));
        Assert.Empty(_client.Ask("comm_info_request")["comms"]!.AsObject());
    }

    [Fact]
    public void ACellOpensAChannel()
    {
        var outputs = _client.Run("""
            var toPage = CurrentNotebook.Value.OpenComm("page", new System.Text.Json.Nodes.JsonObject { ["a"] = 1 });
            toPage.Send(new System.Text.Json.Nodes.JsonObject { ["b"] = 2 });
            toPage.Dispose();
            """).Ok().Outputs.Where(o => o.Type.StartsWith("comm", StringComparison.Ordinal)).ToList();
        Assert.Equal(["comm_open", "comm_msg", "comm_close"], outputs.Select(o => o.Type));
        Assert.Equal("page", outputs[0].Text("target_name"));
        Assert.Equal("2", outputs[1].Text("data", "b"));
    }

    [Fact]
    public async Task AnUnknownTargetIsClosedAndSaidInTheLog()
    {
        Open("c9", "nobody", []);
        _client.AwaitPublished(reply => reply.Type == "comm_close" && reply.Text("comm_id") == "c9");
        Say("c9", []);
        await shared.Kernel.WaitForLogAsync("there is no comm \"c9\"");
        Assert.Contains("nobody handles the target \"nobody\"", shared.Kernel.Log, StringComparison.Ordinal);
    }

    private void Open(string id, string target, JsonObject data) =>
        _client.Send(Channel.Shell, "comm_open", new JsonObject { ["comm_id"] = id, ["target_name"] = target, ["data"] = data });

    private void Say(string id, JsonObject data) => _client.Send(Channel.Shell, "comm_msg", new JsonObject { ["comm_id"] = id, ["data"] = data });

    private Reply Message(string id) => _client.AwaitPublished(reply => reply.Type == "comm_msg" && reply.Text("comm_id") == id);
}
