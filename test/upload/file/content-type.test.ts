import { describe, expect, it } from 'vitest';

import { contentTypeOf } from '../../../src/upload/file/content-type.js';

describe('the type that a file is sent with', () => {
  it.each([
    ['result.json', 'application/json'],
    ['2026-05-01_7.JPG', 'image/jpeg'],
    ['archive.db', 'application/vnd.sqlite3'],
    ['sticker.tgs', 'application/x-tgsticker'],
    ['voice.ogg', 'audio/ogg'],
    ['a.tar.gz', 'application/gzip'],
    ['messages.html', 'text/html'],
    ['no-ending', 'application/octet-stream'],
    ['odd.xyz', 'application/octet-stream'],
    ['a.constructor', 'application/octet-stream'],
  ])('goes by the ending of its name: %s is %s', (name, type) => {
    expect(contentTypeOf({ name: `chat/${name}`, path: '/elsewhere' })).toBe(type);
  });

  it('goes by its path where it has another name at the far end, which says nothing', () => {
    expect(contentTypeOf({ name: 'backup', path: '/exports/result.json' })).toBe('application/json');
    expect(contentTypeOf({ name: 'backup.txt', path: '/exports/result.json' })).toBe('text/plain');
  });

  it('is the one that is known, without parameters', () => {
    expect(contentTypeOf({ name: 'a.txt', path: '/a.txt', contentType: 'Image/JPEG; q=1' })).toBe('image/jpeg');
  });

  it.each([
    'application/octet-stream',
    '',
    'jpeg',
    'image/',
    'image/jpeg\r\nx-amz-acl: public-read',
    'image/jpég',
    'a/b/c',
  ])('goes by the name where what is known is %j, since others have written it', (contentType) => {
    expect(contentTypeOf({ name: 'a.txt', path: '/a.txt', contentType })).toBe('text/plain');
  });
});
