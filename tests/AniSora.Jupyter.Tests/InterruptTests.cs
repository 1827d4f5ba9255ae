namespace AniSora.Jupyter.Tests;

/// <summary>Cells that would never end.</summary>
[Collection(SharedKernelTests.Name)]
public sealed class InterruptTests(SharedKernel shared)
{
    private readonly KernelClient _client = shared.Client;

    [Theory]
    [InlineData("while (true) { }")]
    [InlineData("for (;;) new List<int> { 1 }.Sort();")]
    [InlineData("do ; while (true);")]
    [InlineData("while (true) { try { throw new Exception(); } catch { } }")]
    [InlineData("Thread.Sleep(Timeout.Infinite);")]
    [InlineData("await Task.Delay(Timeout.Infinite);")]
    [InlineData("await Task.Delay(1); while (true) { }")]
    [InlineData("new TaskCompletionSource().Task.Wait();")]
    [InlineData("await Task.Delay(Timeout.Infinite, CurrentNotebook.Value.Interrupted);")]
    [InlineData("int Endless(int n) { again: n++; return n == 0 ? n : Endless2(n); int Endless2(int m) => Math.Abs(m) < 0 ? m : 1; }\nEnumerable.Repeat(1, int.MaxValue).Where(i => Endless(i) == 0)")]
    [InlineData("IEnumerable<int> Forever() { while (true) { } yield break; }\nForever()")]
    [InlineData("Console.ReadLine()")]
    public void AreStopped(string code)
    {
        string cell = _client.Begin($"Console.Write(\"runs\");\n{code}");
        _client.AwaitPublished(reply => reply.Type == "stream" && reply.ParentId == cell);
        _client.Interrupt();
        var result = _client.Finish(cell);
        Assert.Equal("error", result.Status);
        Assert.Equal("Interrupted", result.Reply["ename"]!.GetValue<string>());
        Assert.Equal("2", _client.Run("1 + 1").Ok().Value);
    }

    [Fact]
    public void MayEndByThemselves()
    {
        string cell = _client.Begin("Console.Write(\"runs\"); while (!CurrentNotebook.Value.Interrupted.IsCancellationRequested) { } \"ended well\"");
        _client.AwaitPublished(reply => reply.Type == "stream" && reply.ParentId == cell);
        _client.Interrupt();
        Assert.Equal("ended well", _client.Finish(cell).Ok().Value);
    }

    [Fact]
    public void OnlyTheRunningCellIsStopped()
    {
        _client.Run("int ticks = 0; bool enough = false; var background = Task.Run(() => { while (!enough) { ticks++; } });").Ok();
        string cell = _client.Begin("Console.Write(\"runs\"); while (true) { }");
        _client.AwaitPublished(reply => reply.Type == "stream" && reply.ParentId == cell);
        _client.Interrupt();
        Assert.Equal("error", _client.Finish(cell).Status);
        Assert.Equal("RanToCompletion", _client.Run("enough = true; await background; background.Status").Ok().Value);
    }

    [Fact]
    public void ACallThatCannotBeStoppedIsSaidToBeSo()
    {
        string cell = _client.Begin("[System.Runtime.InteropServices.DllImport(\"libc\")] static extern uint sleep(uint seconds);\nConsole.Write(\"runs\"); sleep(4);");
        _client.AwaitPublished(reply => reply.Type == "stream" && reply.ParentId == cell);
        _client.Interrupt();
        Assert.Contains("cannot be interrupted", _client.AwaitPublished(reply => reply.Type == "stream" && reply.ParentId == cell && reply.Text("name") == "stderr").Text("text"), StringComparison.Ordinal);
        _client.Finish(cell);
        Assert.Equal("2", _client.Run("1 + 1").Ok().Value);
    }
}
