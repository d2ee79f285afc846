// A shop in Node: bakes a model file, opens it, asks for lists, and takes in a new purchase.
// usage: node shop.js LIBRECOCORE.so FILE.reco        (npm install brings koffi, which calls C)
'use strict';
const koffi = require('koffi');

const [library, file] = process.argv.slice(2);
const lib = koffi.load(library);

// The structs of recocore.h that are used here; docs/c-abi.md says what keeps them as they are.
for (const handle of ['events', 'model', 'list']) koffi.opaque(`recocore_${handle}`);
const Error_ = koffi.struct('recocore_error', {
  size: 'size_t', code: 'int32_t', message: koffi.array('char', 1012),
});
const Ids = koffi.struct('recocore_ids', {
  size: 'size_t', count: 'size_t', integers: 'int64_t *', texts: 'const char **', lengths: 'size_t *',
});
const Columns = koffi.struct('recocore_event_columns', {
  size: 'size_t', count: 'size_t', users: 'recocore_ids *', items: 'recocore_ids *',
  weights: 'float *', times: 'int64_t *', types: 'recocore_ids *',
});
const Request = koffi.struct('recocore_request', {
  size: 'size_t', user: 'recocore_ids *', history: 'recocore_ids *', weights: 'float *', exclude: 'recocore_ids *',
  candidates: 'recocore_ids *', where: 'const char *', n: 'uint32_t', include_seen: 'int32_t',
  on_unknown: 'int32_t', reserved: 'int32_t',
});
const Change = koffi.struct('recocore_change', {
  size: 'size_t', version: 'uint64_t', events_added: 'uint64_t', events_removed: 'uint64_t',
  users_changed: 'uint64_t', refitted: 'int32_t', reserved: 'int32_t',
});

const error = '_Inout_ recocore_error *error';
const functions = {
  events_new: `int32_t recocore_events_new(const char *settings, _Out_ recocore_events **events, ${error})`,
  events_add: `int32_t recocore_events_add(recocore_events *events, recocore_event_columns *columns, ${error})`,
  fit: `int32_t recocore_fit(const char *settings, recocore_events *events, void *run, _Out_ recocore_model **model,
        ${error})`,
  save: `int32_t recocore_save(recocore_model *model, const char *path, void *options, ${error})`,
  open: `int32_t recocore_open(const char *path, void *options, _Out_ recocore_model **model, ${error})`,
  list_new: `int32_t recocore_list_new(_Out_ recocore_list **list, ${error})`,
  recommend: `int32_t recocore_recommend(recocore_model *model, recocore_request *request, recocore_list *list,
              ${error})`,
  update: `int32_t recocore_update(recocore_model *model, recocore_events *events, void *run,
           _Inout_ recocore_change *change, ${error})`,
  list_size: 'size_t recocore_list_size(recocore_list *list)',
  list_item: 'const char *recocore_list_item(recocore_list *list, size_t entry, void *length)',
  list_score: 'float recocore_list_score(recocore_list *list, size_t entry)',
  events_free: 'void recocore_events_free(recocore_events *events)',
  model_free: 'void recocore_model_free(recocore_model *model)',
  list_free: 'void recocore_list_free(recocore_list *list)',
};
const c = Object.fromEntries(Object.entries(functions).map(([name, prototype]) => [name, lib.func(prototype)]));

// A struct that begins with its size; all else is 0, which is the default.
function sized(type, fields = {}) {
  const zeros = Object.entries(koffi.type(type).members).map(([name, member]) =>
    [name, ['Pointer', 'String'].includes(koffi.type(member.type).primitive) ? null : 0]);
  return { ...Object.fromEntries(zeros), ...fields, size: koffi.sizeof(type) };
}

// Calls a function that returns a status.
function call(name, ...args) {
  const failure = { size: koffi.sizeof(Error_), code: 0, message: '' };
  if (c[name](...args, failure) !== 0) throw new Error(failure.message);
}

// What a call makes: a handle.
function make(name, ...args) {
  const made = [null];
  call(name, ...args, made);
  return made[0];
}

const ids = (texts) => sized(Ids, { count: texts.length, texts });

function events(pairs) {
  const made = make('events_new', null);
  call('events_add', made, sized(Columns, {
    count: pairs.length, users: ids(pairs.map(([user]) => user)), items: ids(pairs.map(([, item]) => item)),
  }));
  return made;
}

// The best articles for a customer ({user: [...]}) or for what somebody has ({history: [...]}), with their scores.
function recommend(model, list, { user, history }) {
  call('recommend', model, sized(Request, { user: user && ids(user), history: history && ids(history), n: 3 }), list);
  return Object.fromEntries(Array.from({ length: Number(c.list_size(list)) },
    (_, entry) => [c.list_item(list, entry, null), c.list_score(list, entry)]));
}

// What cron does at night.
const bought = events([
  ['ann', 'tea'], ['ann', 'milk'], ['ann', 'jam'], ['bob', 'tea'], ['bob', 'milk'], ['cid', 'coffee'],
  ['cid', 'milk'], ['cid', 'rusk'], ['dan', 'coffee'], ['dan', 'rusk'], ['eve', 'tea'],
]);
const baked = make('fit', JSON.stringify({ model: 'item_knn', parameters: { k: 20 } }), bought, null);
call('save', baked, file, null);

// What a server does: opens the file, and answers.
const model = make('open', file, null);
const list = make('list_new');
const before = recommend(model, list, { user: ['eve'] });
console.log('For eve:', before);
console.log('For coffee and milk:', recommend(model, list, { history: ['coffee', 'milk'] }));

const purchase = events([['eve', 'coffee']]);
const change = sized(Change);
call('update', model, purchase, null, change);
const after = recommend(model, list, { user: ['eve'] });
console.log(`Eve buys coffee, version ${change.version}:`, after);

try {
  make('fit', '{"model": "item_nkn"}', bought, null);
} catch (failure) {
  console.log('An error says:', failure.message);
}

c.events_free(bought);
c.events_free(purchase);
c.model_free(baked);
c.model_free(model);
c.list_free(list);
process.exitCode = 'coffee' in before && 'rusk' in after && !('coffee' in after) ? 0 : 1;
