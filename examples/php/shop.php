<?php
// A shop in PHP: bakes a model file, opens it, asks for lists, and takes in a new purchase.
// usage: php shop.php LIBRECOCORE.so RECOCORE.h FILE.reco
//
// FFI is for the command line: PHP switches it off for web requests by default. See docs/c-abi.md.
declare(strict_types=1);

final class Recocore
{
    public readonly FFI $c;
    private FFI\CData $error;

    public function __construct(string $library, string $header)
    {
        // The header is what FFI reads, without what is for the preprocessor and for C++.
        $text = preg_replace('/^#ifdef __cplusplus.*?^#endif/ms', '', (string) file_get_contents($header));
        $this->c = FFI::cdef(str_replace('RECOCORE_API ', '', (string) preg_replace('/^#.*$/m', '', $text)), $library);
        $this->error = $this->sized('recocore_error');
    }

    /** A struct that begins with its size; all else is 0, which is the default. */
    public function sized(string $type): FFI\CData
    {
        $struct = $this->c->new($type);
        $struct->size = FFI::sizeof($struct);
        return $struct;
    }

    /** Calls a function that returns a status. */
    public function call(string $function, mixed ...$arguments): void
    {
        if ($this->c->{"recocore_$function"}(...[...$arguments, FFI::addr($this->error)]) !== 0) {
            throw new RuntimeException(FFI::string($this->error->message), $this->error->code);
        }
    }

    /** What a call makes: a pointer to a handle. */
    public function make(string $function, string $handle, mixed ...$arguments): FFI\CData
    {
        $made = $this->c->new("recocore_$handle*");
        $this->call($function, ...[...$arguments, FFI::addr($made)]);
        return $made;
    }

    /** Texts as ids. They live as long as what is returned. */
    public function ids(array $texts): object
    {
        $count = count($texts);
        $pointers = $this->c->new("const char*[$count]");
        $bytes = [];
        foreach (array_values($texts) as $row => $text) {
            $bytes[$row] = $this->c->new('char[' . strlen($text) + 1 . ']');
            FFI::memcpy($bytes[$row], $text, strlen($text));
            $pointers[$row] = $this->c->cast('const char*', FFI::addr($bytes[$row]));
        }
        $ids = $this->sized('recocore_ids');
        $ids->count = $count;
        $ids->texts = $this->c->cast('const char**', FFI::addr($pointers));
        return new class ($ids, [$pointers, $bytes]) {
            public function __construct(public readonly FFI\CData $ids, private readonly array $kept)
            {
            }
        };
    }

    /** Events from [customer, article] pairs. */
    public function events(array $pairs): FFI\CData
    {
        $users = $this->ids(array_column($pairs, 0));
        $items = $this->ids(array_column($pairs, 1));
        $columns = $this->sized('recocore_event_columns');
        $columns->count = count($pairs);
        $columns->users = FFI::addr($users->ids);
        $columns->items = FFI::addr($items->ids);
        $events = $this->make('events_new', 'events', null);
        $this->call('events_add', $events, FFI::addr($columns));
        return $events;
    }

    /** The best articles for a customer ('user') or for what somebody has ('history'), with their scores. */
    public function recommend(FFI\CData $model, FFI\CData $list, string $for, array $texts, int $n = 3): array
    {
        $ids = $this->ids($texts);
        $request = $this->sized('recocore_request');
        $request->$for = FFI::addr($ids->ids);
        $request->n = $n;
        $this->call('recommend', $model, FFI::addr($request), $list);
        $result = [];
        for ($entry = 0; $entry < $this->c->recocore_list_size($list); ++$entry) {
            $result[$this->c->recocore_list_item($list, $entry, null)] = $this->c->recocore_list_score($list, $entry);
        }
        return $result;
    }
}

[, $library, $header, $file] = $argv;
$reco = new Recocore($library, $header);

// What cron does at night.
$events = $reco->events([
    ['ann', 'tea'], ['ann', 'milk'], ['ann', 'jam'], ['bob', 'tea'], ['bob', 'milk'], ['cid', 'coffee'],
    ['cid', 'milk'], ['cid', 'rusk'], ['dan', 'coffee'], ['dan', 'rusk'], ['eve', 'tea'],
]);
$settings = json_encode(['model' => 'item_knn', 'parameters' => ['k' => 20]]);
$baked = $reco->make('fit', 'model', $settings, $events, null);
$reco->call('save', $baked, $file, null);

// What a worker does: opens the file, and answers.
$model = $reco->make('open', 'model', $file, null);
$list = $reco->make('list_new', 'list');
$before = $reco->recommend($model, $list, 'user', ['eve']);
echo 'For eve: ', json_encode($before), "\n";
echo 'For coffee and milk: ', json_encode($reco->recommend($model, $list, 'history', ['coffee', 'milk'])), "\n";

$purchase = $reco->events([['eve', 'coffee']]);
$change = $reco->sized('recocore_change');
$reco->call('update', $model, $purchase, null, FFI::addr($change));
$after = $reco->recommend($model, $list, 'user', ['eve']);
echo "Eve buys coffee, version {$change->version}: ", json_encode($after), "\n";

try {
    $reco->make('fit', 'model', '{"model": "item_nkn"}', $events, null);
} catch (RuntimeException $error) {
    echo 'An error says: ', $error->getMessage(), "\n";
}

foreach ([[$list, 'list'], [$model, 'model'], [$baked, 'model'], [$events, 'events'], [$purchase, 'events']] as [$made, $kind]) {
    $reco->c->{"recocore_{$kind}_free"}($made);
}
exit(isset($before['coffee'], $after['rusk']) && !isset($after['coffee']) ? 0 : 1);
